"""What is known of users or of items: columns in the order of their contiguous indices."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recexp.errors import DataError


@dataclass(frozen=True, eq=False)
class SideInformation:
    """The chosen features of one side.

    series: name -> a value for each index, sorted by name; the pandas index of a Series holds the external ids.
    kinds: name -> kind, a key of `recexp.features.kinds.KINDS`.
    """

    series: Mapping[str, pd.Series]
    kinds: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.series)

    def sha256(self) -> str:
        """Of all values, or empty where there are none: what else is known makes another experiment."""
        if not self.series:
            return ""
        plain = {name: column.astype(object).where(column.notna(), None) for name, column in self.series.items()}
        text = json.dumps({name: column.tolist() for name, column in plain.items()}, default=lambda it: it.tolist())
        return hashlib.sha256(text.encode()).hexdigest()


def aligned(
    table: pd.DataFrame | None, kinds: Mapping[str, str], id_column: str, ids: np.ndarray, file: Path
) -> SideInformation:
    """Those columns of `table` that `kinds` names, a row for each of `ids`, NaN for ids that the table has not.

    id_column: holds the table's external ids, which are compared as text: no matter which side spells them as numbers.
    file: the raw file of the interactions, for errors.
    """
    found = {} if table is None else {name: kinds[name] for name in sorted(kinds) if name in table}
    if table is None or not found:
        return SideInformation({}, {})
    known = table[id_column].astype(str)
    if known.duplicated().any():
        raise DataError(f"{file}: the features of {id_column} {known[known.duplicated()].iloc[0]!r} have two rows")
    if not np.isin(ids.astype(str), known).any():
        raise DataError(
            f"{file}: no {id_column} has features. The interactions have ids such as {str(ids[-1])!r}, the features "
            f"have {', '.join(map(repr, known[:3])) or 'no row'}"
        )
    columns = table[list(found)].set_axis(known).reindex(ids.astype(str))
    return SideInformation({name: columns[name] for name in found}, found)
