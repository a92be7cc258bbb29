"""MovieLens by GroupLens (Harper & Konstan, 2015): each release has a layout of its own.

Layouts: the README of each archive at https://files.grouplens.org/datasets/movielens/.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recexp.dataset import movielens_side_information
from recexp.dataset.formats.headers import check_header
from recexp.dataset.formats.text import read_text
from recexp.dataset.published import Published

EMBEDDED = Path(__file__).parent / "embedded"
COLUMNS = {"user": 0, "item": 1, "rating": 2, "time": 3}


@dataclass(frozen=True, kw_only=True)
class MovieLens100K(Published):
    """ml-100k: u.data, tab-separated; u.item and u.user."""

    file: str = "u.data"

    def read(self, file: Path) -> pd.DataFrame:
        layout = "user id, item id, rating, timestamp, with a tab between"
        return read_text(file, separator="\t", columns=COLUMNS, width=4, layout=layout, whole_ids=True)

    def read_items(self, file: Path) -> pd.DataFrame | None:
        return movielens_side_information.u_item(file)

    def read_users(self, file: Path) -> pd.DataFrame | None:
        return movielens_side_information.u_user(file)


@dataclass(frozen=True, kw_only=True)
class MovieLens10M(Published):
    """ml-10m: ratings.dat, with '::' between the columns; movies.dat."""

    file: str = "ratings.dat"

    def read(self, file: Path) -> pd.DataFrame:
        layout = "UserID::MovieID::Rating::Timestamp"
        return read_text(file, separator="::", columns=COLUMNS, width=4, layout=layout, whole_ids=True)

    def read_items(self, file: Path) -> pd.DataFrame | None:
        return movielens_side_information.movies_dat(file, "movies.dat", encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class MovieLens1M(MovieLens10M):
    """ml-1m: the same in Latin-1, and users.dat."""

    def read_items(self, file: Path) -> pd.DataFrame | None:
        return movielens_side_information.movies_dat(file, "movies.dat", encoding="latin-1")

    def read_users(self, file: Path) -> pd.DataFrame | None:
        return movielens_side_information.users_dat(file, "users.dat")


@dataclass(frozen=True, kw_only=True)
class MovieLensCSV(Published):
    """ml-20m, ml-25m, ml-32m: ratings.csv and movies.csv, each with a header."""

    file: str = "ratings.csv"

    def read(self, file: Path) -> pd.DataFrame:
        layout = "userId,movieId,rating,timestamp"
        check_header(file, layout)
        return read_text(file, separator=",", columns=COLUMNS, width=4, layout=layout, skip_lines=1, whole_ids=True)

    def read_items(self, file: Path) -> pd.DataFrame | None:
        return movielens_side_information.movies_csv(file)


@dataclass(frozen=True, kw_only=True)
class MovieLensLatestSmall(MovieLensCSV):
    """ml-latest-small, whose licence lets it travel inside this package (its README lies beside it)."""

    path: str = str(EMBEDDED / "ml-latest-small")
