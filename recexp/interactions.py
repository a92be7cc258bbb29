"""The table of interactions: filters, contiguous ids, order, dataset card; kept in a cache."""

import hashlib
import logging
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from recexp.card import DatasetCard
from recexp.dataset.base import COUNTS, Dataset
from recexp.dataset.cache import entry_folder, load_entry, save_entry, sole_preparation
from recexp.dataset.counts import check_filtered, check_raw, filters_in_words
from recexp.dataset.filters import kept_rows
from recexp.dataset.ids import contiguous, without_gaps
from recexp.dataset.order import by_user_then_time
from recexp.dataset.rows import check_rows

log = logging.getLogger(__name__)

BY_TIME = "by time; equal times in the order of the file"
BY_FILE = "in the order of the file, which is read without times"


@dataclass(frozen=True, eq=False)
class Interactions:
    """Flat arrays sorted by user, then time; equal times stay in the order of the file (T12).

    user_idx: int32 [n], 0 .. num_users - 1.
    item_idx: int32 [n], 1 .. num_items; 0 is padding everywhere.
    time: int64 or float64 [n], in the unit of the file, or the position in the file where it has no times.
    offsets: int64 [num_users + 1]; the rows of user u are offsets[u]:offsets[u + 1].
    user_ids: int64 or str [num_users], the external id of each user_idx, ascending.
    item_ids: int64 or str [num_items + 1], the external id of each item_idx, ascending after the padding's -1 or "".
    """

    user_idx: np.ndarray
    item_idx: np.ndarray
    time: np.ndarray
    offsets: np.ndarray
    user_ids: np.ndarray
    item_ids: np.ndarray

    @property
    def num_users(self) -> int:
        return len(self.user_ids)

    @property
    def num_items(self) -> int:
        return len(self.item_ids) - 1

    def sha256(self) -> str:
        """Of all arrays with their types: the same hash is the same data."""
        digest = hashlib.sha256()
        for field in fields(self):
            array = getattr(self, field.name)
            digest.update(f"{field.name} {array.dtype.str} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data.cast("B"))
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Prepared:
    """A dataset ready for a split, and its card."""

    interactions: Interactions
    card: DatasetCard


def prepare(dataset: Dataset, *, cache: Path) -> Prepared:
    """Reads, checks, filters and orders `dataset`, or takes it from `cache` where the same was prepared before.

    Arrays from the cache are mapped into memory, read-only: what is not looked at is not read.
    Raises DataError for a raw file that is missing or bad, has other counts than expected, or loses all to filters.
    """
    raw = dataset.locate()
    entry = entry_folder(dataset, raw, cache)
    if entry is None:
        return _build(dataset, raw)
    if prepared := _load(entry):
        return prepared
    with sole_preparation(entry) as may_save:
        if prepared := _load(entry):  # by the process that this one waited for
            return prepared
        prepared = _build(dataset, raw)
        if may_save:
            save_entry(entry, vars(prepared.interactions), prepared.card.to_dict())
        return _load(entry) or prepared


def _load(entry: Path) -> Prepared | None:
    """None when there is nothing, or not the data whose hash stands on the card."""
    kept = load_entry(entry)
    if kept is None:
        return None
    prepared = Prepared(Interactions(**kept.arrays), DatasetCard.from_dict(kept.card))
    if kept.untouched or prepared.interactions.sha256() == prepared.card.sha256:
        return prepared
    log.warning("%s is damaged (its arrays are not those of its card) and is made again", entry)
    return None


def _build(dataset: Dataset, raw: Path) -> Prepared:
    frame = dataset.read(raw)
    check_rows(frame, raw)
    rows, columns = len(frame), dict(frame.items())
    del frame  # each column goes when it was used: of 100 million rows it is 800 MB
    user, user_ids = contiguous(columns.pop("user"))
    item, item_ids = contiguous(columns.pop("item"))
    found = dict(zip(COUNTS, (len(user_ids), len(item_ids), rows), strict=True))
    check_raw(dataset.name, raw, found, dataset.expected, dataset.filtered)
    has_time = "time" in columns
    time = _numbers(columns.pop("time")) if has_time else np.arange(rows)
    kept = kept_rows(dataset, user, item, _numbers(columns.pop("rating")) if "rating" in columns else None)
    if not kept.all():
        user, item, time = user[kept], item[kept], time[kept]
        user, user_ids = without_gaps(user, user_ids)
        item, item_ids = without_gaps(item, item_ids)
    pa.default_memory_pool().release_unused()  # pyarrow keeps what it has freed, for itself
    user, item, time, offsets = by_user_then_time(user, item, time)
    padding = np.array([""] if item_ids.dtype.kind == "U" else [-1], item_ids.dtype)
    item += 1
    interactions = Interactions(user, item, time, offsets, user_ids, np.concatenate([padding, item_ids]))
    card = _describe(dataset, interactions, BY_TIME if has_time else BY_FILE)
    filters = filters_in_words(min_rating=dataset.min_rating, k_core=dataset.k_core)
    check_filtered(dataset.name, {name: getattr(card, name) for name in COUNTS}, filters, dataset.filtered)
    return Prepared(interactions, card)


def _numbers(column: pd.Series) -> np.ndarray:
    """int64 for integers, so that no time is rounded, else float64."""
    return column.to_numpy(np.int64 if pd.api.types.is_integer_dtype(column) else np.float64)


def _describe(dataset: Dataset, interactions: Interactions, order: str) -> DatasetCard:
    user, time, lengths = interactions.user_idx, interactions.time, np.diff(interactions.offsets)
    tied = np.zeros(len(user), bool)
    as_next = (user[1:] == user[:-1]) & (time[1:] == time[:-1])
    tied[1:] |= as_next
    tied[:-1] |= as_next
    return DatasetCard(
        name=dataset.name,
        users=interactions.num_users,
        items=interactions.num_items,
        interactions=len(user),
        density=len(user) / (interactions.num_users * interactions.num_items),
        history_min=int(lengths.min()),
        history_median=float(np.median(lengths)),
        history_mean=float(lengths.mean()),
        history_max=int(lengths.max()),
        tied_share=float(tied.mean()),
        order=order,
        filters={"min_rating": dataset.min_rating, "k_core": dataset.k_core},
        sha256=interactions.sha256(),
        licence=dataset.licence,
        citation=dataset.citation,
    )
