"""The table of interactions: filters, contiguous ids, order, dataset card; kept in a cache."""

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from recexp.card import DatasetCard
from recexp.dataset.base import COUNTS, Dataset
from recexp.dataset.cache import cache_file, load_arrays, save_arrays
from recexp.dataset.filters import kept_rows
from recexp.dataset.rows import check_rows
from recexp.errors import DataError

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

    Raises DataError for a raw file that is missing or bad, has other counts than expected, or loses all to filters.
    """
    raw = dataset.locate()
    file = cache_file(dataset, raw, cache)
    if file is None:
        return _build(dataset, raw)
    prepared = _from_arrays(load_arrays(file))
    if prepared is None:
        prepared = _build(dataset, raw)
        save_arrays(file, _to_arrays(prepared))
    return prepared


def _build(dataset: Dataset, raw: Path) -> Prepared:
    frame = dataset.read(raw)
    check_rows(frame, raw)
    user, user_ids = _contiguous(frame["user"])
    item, item_ids = _contiguous(frame["item"])
    _check_counts(dataset, raw, (len(user_ids), len(item_ids), len(frame)))
    has_time = "time" in frame
    time = _numbers(frame["time"]) if has_time else np.arange(len(frame), dtype=np.int64)
    rows = kept_rows(dataset, user, item, _numbers(frame["rating"]) if "rating" in frame else None)
    interactions = _arrange(user[rows], item[rows], time[rows], user_ids, item_ids)
    return Prepared(interactions, _describe(dataset, interactions, BY_TIME if has_time else BY_FILE))


def _contiguous(ids: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """(int64 [n] position of each id, the ids ascending). Text that only spells whole numbers becomes int64."""
    codes, found = pd.factorize(ids)
    found = np.asarray(found)
    if found.dtype != np.int64:
        text = found.astype(str)
        try:
            numbers = text.astype(np.int64)
            found = numbers if (numbers.astype(str) == text).all() else text  # 007 is not 7
        except (ValueError, OverflowError):
            found = text
    order = np.argsort(found)
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    return position[codes], found[order]


def _numbers(column: pd.Series) -> np.ndarray:
    """int64 for integers, so that no time is rounded, else float64."""
    return column.to_numpy(np.int64 if pd.api.types.is_integer_dtype(column) else np.float64)


def _arrange(
    user: np.ndarray, item: np.ndarray, time: np.ndarray, user_ids: np.ndarray, item_ids: np.ndarray
) -> Interactions:
    """Closes the gaps that the filters left in user and item, and sorts."""
    users = np.bincount(user, minlength=len(user_ids)) > 0
    items = np.bincount(item, minlength=len(item_ids)) > 0
    user = (np.cumsum(users) - 1)[user]
    item = np.cumsum(items)[item]  # from 1
    order = np.lexsort((time, user))  # stable: ties keep the order of the file
    padding = np.array([""] if item_ids.dtype.kind == "U" else [-1], item_ids.dtype)
    return Interactions(
        user_idx=user[order].astype(np.int32),
        item_idx=item[order].astype(np.int32),
        time=time[order],
        offsets=np.concatenate([[0], np.cumsum(np.bincount(user))]).astype(np.int64),
        user_ids=user_ids[users],
        item_ids=np.concatenate([padding, item_ids[items]]),
    )


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


def _check_counts(dataset: Dataset, raw: Path, counts: tuple[int, int, int]) -> None:
    """Other data under a known name is an error, not another result (T15)."""
    found = dict(zip(COUNTS, counts, strict=True))
    expected = dataset.expected or {}
    wrong = [
        f"{found[name]:,} {name} where {count:,} are expected ({found[name] - count:+,})"
        for name, count in expected.items()
        if found[name] != count
    ]
    if wrong:
        raise DataError(
            f"dataset {dataset.name!r}: {raw} has {' and '.join(wrong)}; it is another file, or cut short. "
            "For data of your own set dataset.expected=null and a dataset.name of your own"
        )


def _to_arrays(prepared: Prepared) -> dict[str, np.ndarray]:
    arrays = {field.name: getattr(prepared.interactions, field.name) for field in fields(Interactions)}
    return {**arrays, "card": np.array(json.dumps(prepared.card.to_dict()))}


def _from_arrays(arrays: dict[str, np.ndarray] | None) -> Prepared | None:
    """None when the arrays are not those that the card beside them describes."""
    if arrays is None or set(arrays) != {"card", *(field.name for field in fields(Interactions))}:
        return None
    card = DatasetCard.from_dict(json.loads(str(arrays.pop("card"))))
    interactions = Interactions(**arrays)
    return Prepared(interactions, card) if interactions.sha256() == card.sha256 else None
