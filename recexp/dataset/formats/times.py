"""Times in words, as ISO 8601 has them, and their seconds since 1970."""

import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recexp.errors import DataError

# Of the years whose nanoseconds fit 64 bits. A blank for the T, and UTC in words, are common.
ISO = (
    r"^(16[89]\d|1[7-9]\d\d|2[01]\d\d|22[0-5]\d)-\d\d-\d\d"
    r"([T ]\d\d(:?\d\d(:?\d\d([.,]\d{1,9})?)?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?)?$"
)
ZONE = r"(Z|UTC|[+-]\d\d(:?\d\d)?)$"
DAY_OR_MONTH = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
EXPECTED = "a date and time of the years 1680 to 2259 as ISO 8601 has it: 2021-04-03 or 2021-04-03T12:30:00+02:00"


def is_date(text: str) -> bool:
    """Whether it begins as a date of ISO 8601 does; else a time is a number."""
    return re.match(r"\d{4}-\d\d-\d\d", text) is not None


def expected_for(text: str) -> str:
    """What may stand in the place of a time that is no number, in words."""
    if is_date(text):
        return "a finite number, as the file's first time is"
    if DAY_OR_MONTH.match(text):
        return f"{EXPECTED} (of {text[:10]} nobody can tell which part is the day and which the month)"
    return f"a finite number, or {EXPECTED}" if re.search(r"\d[:/.-]\d", text) else "a finite number"


def moments(text: pa.Array) -> pa.Array:
    """timestamp[ns] in UTC of each text, which is in UTC too where it names no zone; null where it is no ISO date.

    text: string. One kind of spelling is read by pyarrow at the speed of memory, a mixture by pandas.
    """
    known = text.drop_null()
    if not len(known):
        return pa.nulls(len(text), pa.timestamp("ns"))
    if known[0].as_py().endswith("UTC"):
        text = pc.replace_substring_regex(text, " ?UTC$", "Z")
    zoned = re.search(rf"[T ]\d.*{ZONE}", known[0].as_py()) is not None
    try:
        return text.cast(pa.timestamp("ns", "UTC" if zoned else None)).cast(pa.timestamp("ns"))
    except pa.ArrowInvalid:
        text = pc.replace_substring_regex(pc.if_else(pc.match_substring_regex(text, ISO), text, None), " ?UTC$", "Z")
        found = pd.to_datetime(text.to_pandas(), format="ISO8601", utc=True, errors="coerce")
        return pa.Array.from_pandas(found.dt.tz_localize(None).dt.as_unit("ns"))


def in_seconds(time: pd.Series, file: Path) -> pd.Series:
    """Dates as seconds since 1970, durations as seconds, whole where all are; numbers as they are.

    Raises DataError where order is lost.
    """
    if pd.api.types.is_datetime64_any_dtype(time):
        seconds, finest = (time - pd.Timestamp(0, tz=time.dt.tz)) / pd.Timedelta(1, "s"), time.dt.nanosecond
    elif pd.api.types.is_timedelta64_dtype(time):
        seconds, finest = time / pd.Timedelta(1, "s"), time.dt.nanoseconds
    else:
        return time
    if finest.any():  # counting is slow, and whole microseconds need none
        if seconds.nunique() < time.nunique():
            raise DataError(
                f"{file}: times of the column time are closer than seconds can tell (a quarter of a microsecond). "
                "Write them as whole numbers of nanoseconds"
            )
        return seconds
    missing = seconds.isna()
    if ((seconds % 1 == 0) | missing).all():
        return seconds.astype("Int64" if missing.any() else "int64")
    return seconds
