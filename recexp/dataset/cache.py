"""Prepared datasets on disk: one file a dataset and way of preparing it, under the hash of all that it depends on."""

import hashlib
import inspect
import json
import logging
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np

from recexp.dataset.base import Dataset
from recexp.dataset.download import file_sha256
from recexp.errors import RunError
from recexp.files import write_atomically

log = logging.getLogger(__name__)

PREPARATION_VERSION = 1  # raise it when the same raw file gives other arrays or another card


def cache_file(dataset: Dataset, raw: Path, cache: Path) -> Path | None:
    """Where the prepared `dataset` is kept: other raw bytes, parser or parameters, another file.

    The place of the raw file does not count. The parser counts with its source, so that editing one's own is enough;
    None for a parser without a source file (typed into a notebook), whose changes nobody could see.
    """
    parser = type(dataset)
    try:
        source = Path(inspect.getfile(parser))
    except (OSError, TypeError):
        return None
    parts = {
        "raw": file_sha256(raw),
        "parser": f"{parser.__module__}.{parser.__qualname__}",
        "source": file_sha256(source),
        "parameters": {field.name: getattr(dataset, field.name) for field in fields(dataset) if field.name != "path"},
        "version": PREPARATION_VERSION,
    }
    text = json.dumps(parts, sort_keys=True, default=dict)  # dict: a mapping from a config
    return cache / "datasets" / f"{dataset.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"


def load_arrays(file: Path) -> dict[str, np.ndarray] | None:
    """What `save_arrays` kept, or None when there is nothing or it cannot be read."""
    if not file.exists():
        return None
    try:
        with np.load(file, allow_pickle=False) as stored:
            return dict(stored)
    except Exception as error:  # numpy and zipfile raise many kinds for a damaged file; none of them matters
        log.warning("%s is damaged (%s) and is made again", file, error)
        return None


def save_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Keeps `arrays`, whole or not at all; a place that cannot be written costs time later and nothing else."""
    try:
        write_atomically(file, lambda stream: np.savez(stream, allow_pickle=False, **arrays))
    except RunError as error:
        log.warning("the prepared dataset is not kept: %s", error)
