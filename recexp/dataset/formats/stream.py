"""The bytes of a text file, packed by gzip or not; and what is no UTF-8 text, by its name."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from recexp.errors import DataError

DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error)
BLOCK = 1 << 22  # bytes
OTHERS = {  # how a file begins -> what it is, and what to do
    b"\xff\xfe": "UTF-16 text, expected UTF-8: iconv -f UTF-16 -t UTF-8 converts it",
    b"\xfe\xff": "UTF-16 text, expected UTF-8: iconv -f UTF-16 -t UTF-8 converts it",
    b"\x1f\x8b": "packed by gzip: give it a name that ends in .gz",
    b"PK\x03\x04": "a zip archive or a workbook, expected text: unpack it, or save it as CSV",
    b"PAR1": "Parquet: give it a name that ends in .parquet",
}


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """A stream of the bytes, unpacked where the name ends in .gz. Raises DataError where they are damaged."""
    with cast(BinaryIO, gzip.open(file)) if file.suffix == ".gz" else file.open("rb") as stream:
        try:
            yield stream
        except DAMAGED as error:
            raise DataError(f"{file}: damaged or cut short ({error}); fetch it again") from error


def blocks(file: Path) -> Iterator[bytes]:
    """The same in pieces of BLOCK bytes."""
    with opened(file) as stream:
        while block := stream.read(BLOCK):
            yield block


def other_than_utf8(first_line: bytes) -> str | None:
    """What a file with this first line is, where that is not UTF-8 text."""
    for beginning, name in OTHERS.items():
        if first_line.startswith(beginning):
            return name
    if first_line and first_line.count(0) * 3 >= len(first_line):  # every other byte, and a short line's end
        return OTHERS[b"\xff\xfe"]
    return None
