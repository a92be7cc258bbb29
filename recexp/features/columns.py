"""What is known of users and items: columns in the order of the contiguous indices.

A column is a Series; its row is the index of the user or item, its pandas index holds the external ids.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recexp.errors import DataError


@dataclass(frozen=True, eq=False)
class FeatureColumns:
    """The chosen features of a dataset, sorted by name.

    item: name -> a value for each item_idx from 0, padding, of which nothing is known; user: for each user_idx.
    kinds: name -> kind of each of these, a key of `recexp.features.kinds.KINDS`.
    context: names of features of the time of an interaction, see `recexp.features.context`.
    """

    item: Mapping[str, pd.Series]
    user: Mapping[str, pd.Series]
    kinds: Mapping[str, str]
    context: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.kinds or self.context)

    def sha256(self) -> str:
        """Of all values, or empty where there are none: what else is known makes another experiment."""
        if not self.kinds:
            return ""
        columns = {**self.item, **self.user}
        values = {name: column.astype(object).where(column.notna(), None).tolist() for name, column in columns.items()}
        return hashlib.sha256(json.dumps(values, default=lambda array: array.tolist()).encode()).hexdigest()


NO_FEATURES = FeatureColumns(item={}, user={}, kinds={}, context=())


def aligned(
    table: pd.DataFrame | None, names: Sequence[str], id_column: str, ids: np.ndarray, file: Path
) -> dict[str, pd.Series]:
    """Those columns of `table` that are among `names`, a row for each of `ids`, NaN for ids that the table has not.

    id_column: holds the table's external ids, which are compared as text: no matter which side spells them as numbers.
    file: the raw file of the interactions, for errors.
    """
    found = [] if table is None else [name for name in names if name in table]
    if table is None or not found:
        return {}
    known = table[id_column].astype(str)
    if known.duplicated().any():
        raise DataError(f"{file}: the features of {id_column} {known[known.duplicated()].iloc[0]!r} have two rows")
    columns = table[found].set_axis(known).reindex(ids.astype(str))
    if not np.isin(ids.astype(str), known).any():
        raise DataError(
            f"{file}: no {id_column} has features. The interactions have ids such as {ids[-1]!r}, the features have "
            f"{', '.join(map(repr, known[:3])) or 'no row'}"
        )
    return {name: columns[name] for name in found}
