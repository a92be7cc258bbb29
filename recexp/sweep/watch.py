"""Reports jobs as they end, on whichever process or machine they run."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recexp.sweep.outcome import JobOutcome, read_outcomes

SECONDS = 0.2


@contextmanager
def watched(folder: Path, tell: Callable[[JobOutcome], None]) -> Iterator[None]:
    """While the block runs, calls `tell` once for each outcome that appears in `folder`, from another thread."""
    told: set[int] = set()
    over = threading.Event()

    def look() -> None:
        for number, outcome in sorted(read_outcomes(folder).items()):
            if number not in told:
                told.add(number)
                tell(outcome)

    def watch() -> None:
        while not over.wait(SECONDS):
            look()
        look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
