"""What a run keeps of its data, so that its folder alone is enough to recommend, without the dataset.

catalogue.parquet: a row for each item_idx. `item` (external id), `title` where the dataset has titles, and a column
`<feature>:<kind>` for each chosen feature of items. Row 0 is padding.
histories.parquet: a row for each user_idx. `user` (external id), `items` (item indices, oldest first), `times` where
the dataset has them, `training` (how many of the items are training interactions), and the chosen features of users.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recexp.data.interactions import Interactions
from recexp.data.side_information import SideInformation
from recexp.errors import RunError


@dataclass(frozen=True, eq=False)
class KeptData:
    """train_end: int64 [num_users], as in `SplitRows`. has_times: whether the times of the interactions mean anything.

    item, user: the chosen features. titles: of each item_idx, or None.
    """

    interactions: Interactions
    train_end: np.ndarray
    has_times: bool
    item: SideInformation
    user: SideInformation
    titles: pd.Series | None

    def catalogue(self) -> pa.Table:
        """The content of catalogue.parquet."""
        titles = {} if self.titles is None else {"title": pa.array(self.titles, pa.string(), from_pandas=True)}
        return pa.table({"item": self.interactions.item_ids} | titles | _feature_columns(self.item))

    def histories(self) -> pa.Table:
        """The content of histories.parquet."""
        of = self.interactions
        times = {"times": _lists(of.offsets, of.time)} if self.has_times else {}
        columns = {"user": of.user_ids, "items": _lists(of.offsets, of.item_idx)} | times
        training = (self.train_end - of.offsets[:-1]).astype(np.int32)
        return pa.table(columns | {"training": training} | _feature_columns(self.user))


def read_kept_data(catalogue: Path, histories: Path) -> KeptData:
    """What `KeptData` has written. Raises RunError for files that hold something else."""
    try:
        items, users = pq.read_table(catalogue), pq.read_table(histories)
        return _joined(items, users)
    except (AttributeError, KeyError, TypeError, ValueError, OSError, pa.ArrowException) as error:
        raise RunError(
            f"{catalogue} and {histories.name} are not what a run keeps of its data ({error}). Put copies in their "
            "place, or train anew with force=true."
        ) from error


def _joined(items: pa.Table, users: pa.Table) -> KeptData:
    offsets, item_idx = _flat(users["items"])
    training = users["training"].to_numpy()
    lengths, item_ids = np.diff(offsets), _ids(items["item"])
    if len(item_idx) and not (item_idx.min() >= 1 and item_idx.max() < len(item_ids)):
        raise ValueError("the histories have items that the catalogue has not")
    if (training < 0).any() or (training > lengths).any():
        raise ValueError("a history has fewer items than training interactions")
    user_ids = _ids(users["user"])
    if not (user_ids[:-1] < user_ids[1:]).all() or not (item_ids[1:-1] < item_ids[2:]).all():
        raise ValueError("its ids are not ascending")
    has_times = "times" in users.column_names
    time = _flat(users["times"])[1] if has_times else np.arange(len(item_idx))
    return KeptData(
        interactions=Interactions(
            user_idx=np.repeat(np.arange(len(user_ids), dtype=np.int32), lengths),
            item_idx=item_idx,
            time=time,
            offsets=offsets,
            user_ids=user_ids,
            item_ids=item_ids,
        ),
        train_end=offsets[:-1] + training,
        has_times=has_times,
        item=_features(items, item_ids),
        user=_features(users, user_ids),
        titles=items["title"].to_pandas() if "title" in items.column_names else None,
    )


def _lists(offsets: np.ndarray, values: np.ndarray) -> pa.Array:
    """values[offsets[r] : offsets[r + 1]] of each row r."""
    return pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(values))


def _flat(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """The offsets (int64) and the values that `_lists` has put together."""
    lists = column.combine_chunks()
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks)
    length = np.asarray(lists.value_lengths())
    return np.concatenate([[0], np.cumsum(length)]), lists.flatten().to_numpy()


def _ids(column: pa.ChunkedArray) -> np.ndarray:
    """int64 or str, as in `Interactions`."""
    ids = column.to_numpy()
    return ids if ids.dtype == np.int64 else ids.astype(str)


def _feature_columns(side: SideInformation) -> dict[str, pa.Array]:
    return {f"{name}:{side.kinds[name]}": pa.array(column, from_pandas=True) for name, column in side.series.items()}


def _features(table: pa.Table, ids: np.ndarray) -> SideInformation:
    pairs = {name: name.rpartition(":")[::2] for name in table.column_names if ":" in name}
    series = {name: table[column].to_pandas().set_axis(ids.astype(str)) for column, (name, _) in pairs.items()}
    return SideInformation({name: column.rename(name) for name, column in series.items()}, dict(pairs.values()))
