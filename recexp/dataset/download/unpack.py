"""What has arrived, unpacked: a zip archive becomes a folder, a gzip file becomes a file, whole or not at all."""

import gzip
import lzma
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from recexp.dataset.formats.stream import DAMAGED
from recexp.errors import DataError
from recexp.files import write_atomically

BAD_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError,
    RuntimeError,  # encrypted, or packed in a way that zipfile does not know
)  # fmt: skip
ZIP_BEGINS = b"PK\x03\x04"
PAGE_BEGINS = (b"<!doctype html", b"<html")


def unzip(archive: Path, folder: Path) -> None:
    """The content of `archive` becomes `folder`, less a top folder that holds all else. Raises DataError."""
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with zipfile.ZipFile(archive) as files:
            files.extractall(temporary / "content")
        content = temporary / "content"
        entries = list(content.iterdir())
        (entries[0] if len(entries) == 1 and entries[0].is_dir() else content).rename(folder)
    except BAD_ZIP as error:
        raise DataError(f"{archive} is not a zip archive that can be unpacked ({error})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def gunzip(packed: Path, file: Path) -> None:
    """The content of `packed` becomes `file`. Raises DataError."""

    def unpack(out: BinaryIO) -> None:
        try:
            with gzip.open(packed) as stream:
                shutil.copyfileobj(stream, out, 1 << 20)
        except DAMAGED as error:
            raise DataError(f"{packed} is not a gzip file that can be unpacked, or is damaged ({error})") from error

    write_atomically(file, unpack)


def is_zip(file: Path) -> bool:
    """Whether it begins as a zip archive does."""
    return _beginning(file).startswith(ZIP_BEGINS)


def is_web_page(file: Path) -> bool:
    """Whether it begins as an HTML page does: what many servers send in place of a file."""
    return _beginning(file).lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGE_BEGINS)


def _beginning(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(200)
