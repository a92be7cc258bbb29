"""The hash of what is in a file, without reading it again as long as it has not changed."""

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path

from recexp.errors import RunError
from recexp.files import file_sha256, write_atomically

# ns. A file may change twice within the tick of its file system's clock (2 s at worst) and show the first time alone.
TICK = 2 * 10**9


def content_sha256(file: Path, notes: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal: from the folder `notes`, or read and noted there.

    A note holds as long as the file has the path, size, times and inode with which it was taken.
    """
    state = _state(file)
    note = notes / f"{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]}.txt"
    with suppress(OSError, ValueError):
        noted, sha256 = note.read_text().splitlines()
        if noted == state:
            return sha256
    read_at = time.time_ns()
    sha256 = file_sha256(file)
    if file.stat().st_mtime_ns < read_at - TICK and _state(file) == state:
        with suppress(RunError):  # it will be read again
            write_atomically(note, lambda stream: stream.write(f"{state}\n{sha256}\n".encode()))
    return sha256


def _state(file: Path) -> str:
    found = file.stat()
    return json.dumps([str(file.resolve()), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino])
