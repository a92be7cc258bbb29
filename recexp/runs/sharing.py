"""Files that many runs have in common, kept once: what runs keep of their data is the same in a whole sweep."""

import os
from contextlib import suppress
from pathlib import Path

from recexp.files import file_sha256


def share(file: Path, store: Path) -> None:
    """Makes `file` a hard link of its like in the folder `store`, or puts a link of it there as the first one.

    A folder that is copied elsewhere has the whole file. Where links are impossible, `file` stays as it is. What no
    run has a link to any more is removed from the store.
    """
    like = store / f"{file_sha256(file)}{file.suffix}"
    with suppress(OSError):
        store.mkdir(exist_ok=True)
        if like.exists() and file_sha256(like) == like.stem:
            _link(like, file)
        else:
            _link(file, like)
        for other in store.iterdir():
            if other.stat().st_nlink == 1:
                other.unlink()


def _link(file: Path, place: Path) -> None:
    """A hard link of `file` in the place of what is there."""
    temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    os.link(file, temporary)
    temporary.replace(place)
    temporary.unlink(missing_ok=True)  # where both were the same file already, nothing was replaced
