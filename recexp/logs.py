"""Where the package's log goes: the console, and the log of the run."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = logging.getLogger("recexp")


def log_to_console(level: int) -> None:
    """Our messages of at least `level`, as they are, on standard error; of Lightning's, warnings alone."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated")  # between Lightning 2.6 and torch 2.13
    logging.raiseExceptions = False  # a full disk is reported once, not with a traceback for each line of the log
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
