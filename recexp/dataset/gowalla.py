"""Gowalla check-ins (Cho, Myers & Leskovec, KDD 2011): loc-gowalla_totalCheckins.txt."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recexp.dataset.formats.text import read_lines, read_text
from recexp.dataset.published import Published
from recexp.errors import DataError

LAYOUT = "user, 2010-10-19T23:55:27Z, latitude, longitude, place, with a tab between"


@dataclass(frozen=True, kw_only=True)
class Gowalla(Published):
    """A check-in a line, a user's newest first; the same place may come often."""

    file: str = "loc-gowalla_totalCheckins.txt"

    def read(self, file: Path) -> pd.DataFrame:
        frame = _columns(file, {"user": 0, "item": 4})
        return frame.assign(time=_times(file))

    def read_items(self, file: Path) -> pd.DataFrame:
        """Where a place is, as its first check-in in the file has it."""
        places = _columns(file, {"item": 4, "latitude": 2, "longitude": 3})
        return places.drop_duplicates("item").reset_index(drop=True)


def _columns(file: Path, columns: dict[str, int]) -> pd.DataFrame:
    return read_text(file, separator="\t", columns=columns, width=5, layout=LAYOUT, whole_ids=True)


def _times(file: Path) -> pd.Series:
    """Seconds since 1970. Raises DataError that names the line of the first time that is none."""
    text = pd.read_csv(file, sep="\t", header=None, usecols=[1], dtype=str, quoting=csv.QUOTE_NONE, na_filter=False)[1]
    times = pd.to_datetime(text, format="%Y-%m-%dT%H:%M:%SZ", errors="coerce")
    if times.isna().any():
        row = int(times.isna().to_numpy().argmax())
        line = [number for number, line in read_lines(file) if line.strip(" ")][row]
        raise DataError(f"{file}, line {line}: time: got {text[row]!r}; a line is: {LAYOUT}")
    return times.astype("datetime64[s]").astype("int64")
