"""Rows that cannot be used, found in whole columns at once."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from recexp.errors import DataError

IDS = ("user", "item")
LIMIT = 2.0**63
WHOLE = 2.0**53  # up to which a float64 holds every whole number


def find_bad_row(frame: pd.DataFrame, *, whole_ids: bool) -> tuple[int, str] | None:
    """The first bad row as (position from 0, problem in words), or None.

    An id must not be empty, and must be a whole number if it is a number or `whole_ids`; every other column must
    hold finite numbers. Numbers stay below 2^63, so that none changes when stored as int64.
    """
    problems = []
    for name, column in frame.items():
        if name in IDS and not whole_ids and not is_numeric_dtype(column):
            bad, expected = np.asarray(column.isna() | (column == "")), "an id"
        else:
            bad, expected = _bad_numbers(column, whole=name in IDS)
        if bad.any():
            row = int(bad.argmax())
            value = column.iloc[row]
            got = "nothing" if pd.isna(value) or value == "" else repr(str(value))
            if name == "time" and isinstance(value, str) and re.match(r"\d{4}-\d\d", value):
                got += " (a date: write it as seconds since 1970, or keep it as a date in a Parquet file)"
            problems.append((row, f"{name}: got {got}, expected {expected}"))
    return min(problems, default=None)


def check_rows(frame: pd.DataFrame, file: Path) -> None:
    """Raises DataError that names the first bad row (from 1) of a frame read from `file`."""
    if bad := find_bad_row(frame, whole_ids=False):
        row, problem = bad
        raise DataError(f"{file}, row {row + 1}: {problem}")
    time = frame.get("time")
    if time is not None and time.dtype == np.float64 and max(-time.min(), time.max()) > WHOLE:
        raise DataError(
            f"{file}: times above 2^53 lose digits where one of them is written with a fraction. Write all as whole "
            "numbers, or as seconds"
        )


def _bad_numbers(column: pd.Series, *, whole: bool) -> tuple[np.ndarray, str]:
    """(bool [n], what is expected of the column)."""
    expected = "a whole number" if whole else "a finite number"
    if column.dtype == np.int64 or not len(column):
        return np.zeros(len(column), bool), expected
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if not whole and numbers.min() > -LIMIT and numbers.max() < LIMIT:  # the usual case, without large temporaries
        return np.zeros(len(column), bool), expected
    good = np.abs(numbers) < LIMIT  # False for NaN
    return ~(good & (np.floor(numbers) == numbers) if whole else good), expected
