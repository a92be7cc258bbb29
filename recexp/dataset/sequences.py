"""Files of sequences without times, in which the order of the file is the order in time."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recexp.dataset.base import Dataset
from recexp.dataset.formats.text import WHITESPACE, read_lines, read_text
from recexp.errors import DataError


@dataclass(frozen=True, kw_only=True)
class UserItemLines(Dataset):
    """'user item' a line, as the SASRec family publishes them (Kang & McAuley, ICDM 2018)."""

    def read(self, file: Path) -> pd.DataFrame:
        layout = "'user item' (with dataset=histories: 'user item item ...')"
        return read_text(file, separator=WHITESPACE, columns={"user": 0, "item": 1}, width=2, layout=layout)


@dataclass(frozen=True, kw_only=True)
class UserHistoryLines(Dataset):
    """'user item item ...' a line, oldest item first, as the S3-Rec family publishes them (Zhou et al., CIKM 2020)."""

    def read(self, file: Path) -> pd.DataFrame:
        lines = pd.Series(dict(read_lines(file)), dtype=str).str.strip()
        parts = lines[lines != ""].str.split(n=1, expand=True).reindex(columns=[0, 1])
        user, items = parts[0], parts[1]
        if not len(user):
            raise DataError(f"{file} has no rows; a line is: 'user item item ...'")
        if items.isna().any():
            line = items.index[items.isna()][0]
            raise DataError(f"{file}, line {line}: user {user[line]!r} has no items; a line is: 'user item item ...'")
        if user.duplicated().any():
            line = user.index[user.duplicated()][0]
            raise DataError(
                f"{file}, line {line}: user {user[line]!r} has a line already; a line is: 'user item item ...' with "
                "the whole history of the user (with dataset=sequences: 'user item')"
            )
        item = items.str.split().explode()
        return pd.DataFrame({"user": user[item.index].to_numpy(), "item": item.to_numpy()})
