"""Prepared datasets on disk: a folder a dataset and way of preparing it, under the hash of all that it depends on.

<cache>/datasets/<name>-<hash>/   one .npy an array, mapped into memory when loaded, and manifest.json
<cache>/contents/                 what is known of raw files, so that an unchanged one is not read again
"""

import hashlib
import inspect
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from recexp.data.cache.content import content_sha256
from recexp.dataset.base import Dataset
from recexp.errors import RunError
from recexp.files import explain_write_errors, file_sha256, write_atomically

log = logging.getLogger(__name__)

PREPARATION_VERSION = 4  # raise it when the same raw file gives other arrays or another card
MANIFEST = "manifest.json"
LOCK_TIMEOUT = 3600.0  # s that one process waits for another to prepare the same


@dataclass(frozen=True)
class CacheEntry:
    """arrays: mapped into memory, read-only. card: as it was saved. untouched: no array's file has changed since."""

    arrays: dict[str, np.ndarray]
    card: dict[str, Any]
    untouched: bool


def entry_folder(dataset: Dataset, raw: Path, cache: Path) -> Path | None:
    """Where the prepared `dataset` is kept: other raw bytes, parser or parameters, another folder.

    The place of the raw file does not count. The parser counts with its source, so that editing one's own is enough;
    None for a parser without a source file (typed into a notebook), whose changes nobody could see.
    """
    parser = type(dataset)
    try:
        source = Path(inspect.getfile(parser))
    except (OSError, TypeError):
        return None
    parts = {
        "raw": content_sha256(raw, cache / "contents"),
        "parser": f"{parser.__module__}.{parser.__qualname__}",
        "source": file_sha256(source),
        "parameters": {field.name: getattr(dataset, field.name) for field in fields(dataset) if field.name != "path"},
        "version": PREPARATION_VERSION,
    }
    return cache / "datasets" / f"{dataset.name}-{_digest(parts)[:16]}"


@contextmanager
def sole_preparation(entry: Path) -> Iterator[bool]:
    """Of several processes that prepare the same, one works while the others wait, then find it done.

    Gives whether this one may `save_entry`: not where nothing can be written, nor when another still works after
    LOCK_TIMEOUT seconds; then it prepares for itself. The lock goes with its process, however that ends.
    """
    lock = FileLock(entry.with_name(f".{entry.name}.lock"))
    try:
        with explain_write_errors(entry):
            entry.parent.mkdir(parents=True, exist_ok=True)
            _acquire(lock, entry)
    except RunError as error:
        log.warning("the prepared dataset is not kept: %s", error)
    try:
        yield lock.is_locked
    finally:
        lock.release()


def load_entry(entry: Path) -> CacheEntry | None:
    """What `save_entry` kept, or None when there is nothing or it cannot be read."""
    if not entry.exists():
        return None
    try:
        manifest = json.loads((entry / MANIFEST).read_text())
        if manifest.pop("sha256") != _digest(manifest):
            raise ValueError(f"{MANIFEST} was changed")
        files = {name: entry / f"{name}.npy" for name in manifest["files"]}
        arrays = {name: np.load(file, mmap_mode="r").view(np.ndarray) for name, file in files.items()}
        return CacheEntry(arrays, manifest["card"], manifest["files"] == _stamps(files))
    except Exception as error:  # numpy and json raise many kinds for a damaged file; none of them matters
        log.warning("%s is damaged (%s) and is made again", entry, error)
        return None


def save_entry(entry: Path, arrays: Mapping[str, np.ndarray], card: Mapping[str, Any]) -> None:
    """Keeps them, whole or not at all, in the place of what is there; a failure costs time later and nothing else.

    To be called in a `sole_preparation`: what lies in the temporary folder was left by a process that was killed.
    """
    temporary = entry.with_name(f".{entry.name}.tmp")
    files = {name: temporary / f"{name}.npy" for name in arrays}
    try:
        with explain_write_errors(entry):
            if temporary.exists():
                shutil.rmtree(temporary)
            for name, file in files.items():
                write_atomically(file, partial(np.save, arr=arrays[name], allow_pickle=False))
            manifest = {"card": card, "files": _stamps(files)}
            text = json.dumps({**manifest, "sha256": _digest(manifest)}, indent=2)
            write_atomically(temporary / MANIFEST, lambda stream: stream.write(text.encode()))
            if entry.exists():
                shutil.rmtree(entry)
            temporary.rename(entry)
    except RunError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        log.warning("the prepared dataset is not kept: %s", error)


def _acquire(lock: FileLock, entry: Path) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.warning("another process is preparing %s: waiting for it, at most %g s", entry.name, LOCK_TIMEOUT)
        try:
            lock.acquire(timeout=LOCK_TIMEOUT)
        except Timeout:
            raise RunError(f"another process is still preparing {entry} after {LOCK_TIMEOUT:g} s") from None


def _stamps(files: Mapping[str, Path]) -> dict[str, list[int]]:
    """Size and time of each file: a file that was changed, or copied, has others."""
    stats = {name: file.stat() for name, file in files.items()}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=dict).encode()).hexdigest()  # dict: of a config
