"""MovieLens by GroupLens (Harper & Konstan, 2015): each release has a layout of its own.

Layouts: the README of each archive at https://files.grouplens.org/datasets/movielens/.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from recexp.dataset.archive import ArchiveDataset
from recexp.dataset.base import Dataset
from recexp.dataset.text import read_text

EMBEDDED = Path(__file__).parent / "embedded"
COLUMNS = {"user": 0, "item": 1, "rating": 2, "time": 3}


@dataclass(frozen=True, kw_only=True)
class MovieLensLatestSmall(Dataset):
    """ml-latest-small, whose licence lets it travel inside this package (its README lies beside it)."""

    path: str = str(EMBEDDED / "ml-latest-small" / "ratings.csv")

    def read(self, file: Path) -> pd.DataFrame:
        layout = "userId,movieId,rating,timestamp"
        return read_text(file, separator=",", columns=COLUMNS, width=4, layout=layout, skip_lines=1, whole_ids=True)


@dataclass(frozen=True, kw_only=True)
class MovieLens100K(ArchiveDataset):
    """ml-100k: u.data, tab-separated."""

    member: ClassVar[str] = "u.data"

    def read(self, file: Path) -> pd.DataFrame:
        layout = "user id, item id, rating, timestamp, with a tab between"
        return read_text(file, separator="\t", columns=COLUMNS, width=4, layout=layout, whole_ids=True)


@dataclass(frozen=True, kw_only=True)
class MovieLens1M(ArchiveDataset):
    """ml-1m: ratings.dat, with '::' between the columns."""

    member: ClassVar[str] = "ratings.dat"

    def read(self, file: Path) -> pd.DataFrame:
        layout = "UserID::MovieID::Rating::Timestamp"
        return read_text(file, separator="::", columns=COLUMNS, width=4, layout=layout, whole_ids=True)
