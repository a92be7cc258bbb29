"""The files of the SASRec and BERT4Rec papers: 'user item' a line, the order of the file being the order in time."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recexp.dataset.movielens_side_information import movies_dat, users_dat
from recexp.dataset.published import Published
from recexp.dataset.sequences import UserItemLines
from recexp.dataset.side_information import find_side_information, read_side_information
from recexp.errors import DataError


@dataclass(frozen=True, kw_only=True)
class SASRecFile(Published, UserItemLines):
    """Ids are new numbers, from 1; nothing else is known of users and items."""


@dataclass(frozen=True, kw_only=True)
class SASRecMovieLens(SASRecFile):
    """ml-1m.txt. Where 'id MovieLens-id' files lie beside it, films and users are those of ml-1m.

    films, users: names of these two files. movies.dat and users.dat are looked for beside the file and one folder up.
    """

    films: str
    users: str

    def read_items(self, file: Path) -> pd.DataFrame | None:
        films = movies_dat(file, "movies.dat", "../movies.dat", encoding="latin-1")
        return _renumbered(film_ids, films, "item") if (film_ids := find_side_information(file, self.films)) else None

    def read_users(self, file: Path) -> pd.DataFrame | None:
        users = users_dat(file, "users.dat", "../users.dat")
        return _renumbered(user_ids, users, "user") if (user_ids := find_side_information(file, self.users)) else None


def _renumbered(ids: Path, known: pd.DataFrame | None, column: str) -> pd.DataFrame | None:
    """`known` under the ids of the file, as text."""
    if known is None:
        return None
    pairs = read_side_information(ids, ("id", "original"), str.split)
    known = known.set_index(known[column].astype(str)).drop(columns=column)
    absent = pairs.loc[~pairs["original"].isin(known.index), "original"]
    if len(absent):
        raise DataError(f"{ids}: {absent.iloc[0]} is none of the ids that MovieLens gives to a {column}")
    frame = known.loc[pairs["original"]].reset_index(drop=True)
    frame.insert(0, column, pairs["id"].astype(str))
    return frame
