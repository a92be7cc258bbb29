"""Where the package's log goes: the console, and the log of the run."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = logging.getLogger("recexp")


def log_to_console(level: int) -> None:
    """Messages of at least `level`, as they are, on standard error."""
    PACKAGE.setLevel(logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)
    PACKAGE.handlers = [handler]


@contextmanager
def log_to_file(file: Path) -> Iterator[None]:
    """Appends messages, with their time, to `file`."""
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    PACKAGE.addHandler(handler)
    try:
        yield
    finally:
        PACKAGE.removeHandler(handler)
        handler.close()
