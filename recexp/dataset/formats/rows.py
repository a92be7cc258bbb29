"""Rows that cannot be used, found in whole columns at once."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_numeric_dtype

from recexp.dataset.formats.times import EXPECTED, expected_for, moments
from recexp.errors import DataError

IDS = ("user", "item")
NEEDED = (*IDS, "time")  # without one of these a row is no interaction
REMEDY = "; dataset.drop_missing=true leaves such rows out"
LIMIT = 2.0**63
WHOLE = 2.0**53  # up to which a float64 holds every whole number


def find_bad_row(
    frame: pd.DataFrame, *, whole_ids: bool, own: bool = False, dates: bool = False, keep_missing: bool = False
) -> tuple[int, str] | None:
    """The first bad row as (position from 0, problem in words), or None.

    An id must not be empty, and must be a whole number if it is a number or `whole_ids`; every other column must
    hold finite numbers. Numbers stay below 2^63, so that none changes when stored as int64.
    own: of somebody's own table, so that the error tells what may stand there, and what helps. dates: its times are
    text and dates. keep_missing: an empty user, item or time is not bad.
    """
    problems = []
    for name, column in frame.items():
        if name in IDS and not whole_ids and not is_numeric_dtype(column):
            bad, expected = _missing(column), "an id"
        elif name == "time" and dates:
            bad, expected = moments(pa.array(column, pa.string())).is_null().to_numpy(False), EXPECTED
        else:
            bad, expected = _bad_numbers(column, whole=name in IDS)
        if keep_missing and name in NEEDED and bad.any():
            bad = bad & ~_missing(column)
        if bad.any():
            row = int(bad.argmax())
            value = column.iloc[row]
            if pd.isna(value) or value == "":
                problem = f"got nothing, expected {expected}{REMEDY if own and name in NEEDED else ''}"
            elif name == "time" and not dates and isinstance(value, str):
                problem = f"got {value!r}, expected {expected_for(value) if own else expected}"
            else:
                problem = f"got {str(value)!r}, expected {expected}"
            problems.append((row, f"{name}: {problem}"))
    return min(problems, default=None)


def without_missing(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a user, an item and, where there are times, a time."""
    needed = [name for name in NEEDED if name in frame]
    kept = frame[needed].notna().all(axis=1)
    whole = [name for name in needed if frame[name].dtype == pd.Int64Dtype()]
    return (frame if kept.all() else frame[kept]).astype(dict.fromkeys(whole, np.int64))


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


def _missing(column: pd.Series) -> np.ndarray:
    missing = column.isna()
    return np.asarray(missing if is_numeric_dtype(column) else missing | (column == ""))


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
