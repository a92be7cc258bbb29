"""Files: written whole or not at all, read no further than expected, known by their SHA-256."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from recexp.errors import RunError

FULL = (errno.ENOSPC, errno.EDQUOT)


def write_atomically(file: Path, write: Callable[[BinaryIO], Any]) -> None:
    """`write` fills a temporary file beside `file`, which then takes its name; folders are made as needed.

    Raises RunError, naming the file and what to do, when the disk is full or the folder cannot be written.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with explain_write_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)


def file_sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def read_text(file: Path, *, most: int) -> str:
    """The text of a small file in UTF-8. Raises RunError when it has more than `most` bytes or is no such text.

    A pipe, which might never end, is no file either.
    """
    if file.exists() and not file.is_file():
        raise RunError(f"{file} is no regular file")
    with file.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise RunError(f"{file} is larger than {most:,} bytes, which recexp never writes there")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise RunError(f"{file} is not text in UTF-8: {error}") from error


@contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turns the system's refusal to write `path` into a RunError."""
    try:
        yield
    except OSError as error:
        raise writing_error(error, path) from error


def writing_error(error: OSError, path: Path | str) -> RunError:
    """What cannot be written, why, and what to do about it."""
    remedy = "Free some space there" if error.errno in FULL else "Make its folder writable"
    return RunError(
        f"cannot write {path}: {error.strerror or error}. {remedy}, or choose another place with paths.runs=..., "
        "paths.cache=... or paths.data=..."
    )
