"""Prepare a dataset: read, check, filter, number and order its interactions, or take them from the cache."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from hydra.utils import instantiate

from recexp.config.arguments import check_arguments
from recexp.config.compose import compose_only
from recexp.config.explanations import without_wrapping
from recexp.data.cache.entries import entry_folder, load_entry, save_entry, sole_preparation
from recexp.data.card import DatasetCard
from recexp.data.counts import check_filtered, check_raw, filters_in_words
from recexp.data.filters import kept_rows
from recexp.data.ids import contiguous, without_gaps
from recexp.data.interactions import BY_FILE, BY_TIME, Interactions, Prepared
from recexp.data.order import by_user_then_time
from recexp.dataset.base import COUNTS, Dataset
from recexp.dataset.formats.rows import check_rows, without_missing
from recexp.errors import DataError

log = logging.getLogger(__name__)


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


def compose_and_prepare(*overrides: str) -> Prepared:
    """`prepare` of what overrides of `dataset` and `paths` choose."""
    cfg = compose_only(("dataset", "paths"), overrides)
    check_arguments(cfg.dataset, "dataset")
    with without_wrapping():
        return prepare(instantiate(cfg.dataset), cache=Path(cfg.paths.cache).expanduser())


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
    left_out = 0
    if dataset.drop_missing:
        frame, left_out = _complete(dataset, frame)
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
    card = _describe(dataset, interactions, BY_TIME if has_time else BY_FILE, left_out)
    filters = filters_in_words(min_rating=dataset.min_rating, k_core=dataset.k_core)
    check_filtered(dataset.name, {name: getattr(card, name) for name in COUNTS}, filters, dataset.filtered)
    return Prepared(interactions, card)


def _complete(dataset: Dataset, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The rows in which nothing is missing, and how many others there are. Raises DataError where none is left."""
    kept = without_missing(frame)
    if not len(kept):
        raise DataError(f"dataset {dataset.name!r}: dataset.drop_missing=true leaves nothing of {len(frame):,} rows")
    return kept, len(frame) - len(kept)


def _numbers(column: pd.Series) -> np.ndarray:
    """int64 for integers, so that no time is rounded, else float64."""
    return column.to_numpy(np.int64 if pd.api.types.is_integer_dtype(column) else np.float64)


def _describe(dataset: Dataset, interactions: Interactions, order: str, left_out: int) -> DatasetCard:
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
        left_out=left_out,
        notes=dataset.notes,
    )
