"""The titles of items, for people: no number depends on them."""

import logging
from contextlib import suppress
from functools import partial
from pathlib import Path

import pandas as pd

from recexp.data.cache.entries import entry_folder
from recexp.data.interactions import Interactions
from recexp.data.side_information import aligned
from recexp.dataset.base import Dataset
from recexp.errors import DataError, RunError
from recexp.files import write_atomically

log = logging.getLogger(__name__)
TITLE = "title"


def item_titles(dataset: Dataset, interactions: Interactions, *, cache: Path) -> pd.Series | None:
    """The title of each item_idx, missing where it is not known; None where nothing in the dataset's files has titles.

    They are kept beside the prepared dataset in `cache`, because metadata may be much larger than the interactions.
    """
    if TITLE not in (dataset.features or {}):
        return None
    raw = dataset.locate()
    entry = entry_folder(dataset, raw, cache)
    kept = None if entry is None or not entry.is_dir() else entry / "titles.parquet"
    if kept is not None:
        with suppress(OSError, ValueError, KeyError):  # missing, or damaged: it is made again
            titles = pd.read_parquet(kept)[TITLE]
            if len(titles) == len(interactions.item_ids):
                return titles
    try:
        found = aligned(dataset.read_items(raw), {TITLE: "text"}, "item", interactions.item_ids, raw)
    except DataError as error:
        log.warning("items have no titles: %s", error)
        return None
    if not found.series:
        return None
    titles = found.series[TITLE].reset_index(drop=True)
    if kept is not None:
        with suppress(RunError):  # they will be read again
            write_atomically(kept, partial(titles.to_frame().to_parquet, index=False))
    return titles
