"""The first line of a file, where it names the columns: another one means other columns, or a row taken for it."""

from pathlib import Path

from recexp.dataset.formats.text import read_header
from recexp.errors import DataError


def check_header(file: Path, expected: str, separator: str = ",") -> None:
    """Raises DataError when the first line of `file` is not `expected`."""
    found = separator.join(read_header(file, separator))
    if found != expected:
        raise DataError(f"{file}, line 1: got {found[:80]!r}, expected the header {expected!r}")
