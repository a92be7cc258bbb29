"""Where the package's log goes: the console, and the log of the run."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recexp.errors import printable

PACKAGE = logging.getLogger("recexp")
LIGHTNING = logging.getLogger("pytorch_lightning")
NOISE = (
    r".*LeafSpec.*is deprecated",  # between Lightning 2.6 and torch 2.13
    r"The '\w+' does not have many workers",  # they would cost more than they bring: see RecommenderData
    r"The number of training batches .* is smaller than the logging interval",  # the epoch is what is logged
    r"MLFlow only allows",  # `@` in a metric's name, which MLflow leaves out
    r"It is recommended to use .*sync_dist=True",  # all ranks log what they have gathered
    r"Checkpoint directory .* exists and is not empty",  # a run that is resumed
)


class _Printable(logging.Formatter):
    """A message may quote a file, and a terminal obeys what is in it."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


class _Console(logging.StreamHandler):
    """Standard error as it is at that moment: a progress bar puts its own in place, to keep lines above the bar."""

    def __init__(self, level: int) -> None:
        logging.Handler.__init__(self, level)
        self.setFormatter(_Printable())

    @property
    def stream(self):
        return sys.stderr


def log_to_console(level: int) -> None:
    """Our messages of at least `level`, as they are, on standard error."""
    logging.raiseExceptions = False  # a full disk is reported once, not with a traceback for each line of the log
    PACKAGE.setLevel(logging.INFO)
    PACKAGE.handlers = [_Console(level)]


@contextmanager
def without_noise() -> Iterator[None]:
    """Leaves out what Lightning tells its own users, and ours can neither use nor change."""
    level = LIGHTNING.level
    LIGHTNING.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            for message in NOISE:
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        LIGHTNING.setLevel(level)


@contextmanager
def log_to_file(file: Path) -> Iterator[None]:
    """Appends messages, with their time, to `file`."""
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(_Printable("%(asctime)s %(levelname)s %(message)s"))
    PACKAGE.addHandler(handler)
    try:
        yield
    finally:
        PACKAGE.removeHandler(handler)
        handler.close()
