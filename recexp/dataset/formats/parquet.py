"""Parquet tables with one interaction a row."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recexp.dataset.formats.rows import IDS, find_bad_row
from recexp.dataset.formats.times import EXPECTED, is_date, moments
from recexp.errors import DataError

TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
BYTES = (pa.types.is_binary, pa.types.is_large_binary)
NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
TIMES = (pa.types.is_date, pa.types.is_timestamp, pa.types.is_duration)
ID = ((*NUMBERS, *TEXT, *BYTES), "whole numbers or text")
ALLOWED = {  # role -> kinds of columns, and what they are in words
    "user": ID,
    "item": ID,
    "time": ((*NUMBERS, *TEXT, *TIMES), "numbers, dates, durations or text"),
    "rating": ((*NUMBERS, *TEXT), "numbers"),
}


def parquet_header(file: Path) -> list[str]:
    """The names of its columns. Raises DataError."""
    try:
        return pq.read_schema(file).names
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{file} cannot be read as Parquet: {' '.join(str(error).split())}") from error


def read_parquet(file: Path, columns: Mapping[str, str], *, keep_missing: bool) -> pd.DataFrame:
    """The columns of a table under their roles: role (user, item, time, rating) -> name, in the order of the file.

    Ids that are text become a category column. Times are numbers, datetime64 or timedelta64; text that spells dates
    becomes datetime64[ns] in UTC. keep_missing: an empty user, item or time is NaN, beside which whole numbers are
    Int64; else it is bad. Raises DataError that names the file and the column, or the first bad row (from 1).
    """
    ids = [columns[role] for role in IDS]  # where they are text, each is in memory once
    try:
        table = pq.read_table(file, columns=list(dict.fromkeys(columns.values())), read_dictionary=ids)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{file} cannot be read as Parquet: {' '.join(str(error).split())}") from error
    if not len(table):
        raise DataError(f"{file} has no rows")
    roles = {role: _simple(file, role, name, table[name]) for role, name in columns.items()}
    del table
    if "time" in roles and _spells_dates(roles["time"]):
        roles["time"] = _as_moments(file, roles["time"])
    text = [role for role, column in roles.items() if pa.types.is_string(column.type)]
    whole = {pa.int64(): pd.Int64Dtype()} if keep_missing else {}
    frame = pa.table(roles).to_pandas(split_blocks=True, types_mapper=whole.get)
    if bad := find_bad_row(frame, whole_ids=False, own=True, keep_missing=keep_missing):
        row, problem = bad
        raise DataError(f"{file}, row {row + 1}: {problem}")
    return frame.assign(**{role: pd.to_numeric(frame[role]) for role in text})


def _simple(file: Path, role: str, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Of the many types of Parquet those few that find_bad_row knows: text ids are a dictionary, other text is string.

    Raises DataError for a column that `role` cannot have.
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    allowed, words = ALLOWED[role]
    if not any(check(kind) for check in allowed):
        raise DataError(f"dataset.{role}={name}: {file} has {kind} in that column, expected {words}")
    is_plain_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    try:
        if role in IDS and not is_plain_number:
            is_done = column.type != kind and pa.types.is_string(kind)
            return column if is_done else column.cast(pa.string()).dictionary_encode()
        if any(check(kind) for check in TEXT):
            return column.cast(pa.string())
        if pa.types.is_decimal(kind):
            return column.cast(pa.float64())
        return column.cast(pa.timestamp("ms") if pa.types.is_date(kind) else kind)
    except pa.ArrowException as error:
        raise DataError(
            f"dataset.{role}={name}: {file} has {kind} in that column, which is no text ({error})"
        ) from error


def _spells_dates(time: pa.ChunkedArray) -> bool:
    known = time.drop_null() if pa.types.is_string(time.type) else pa.chunked_array([], pa.string())
    return len(known) > 0 and is_date(known[0].as_py())


def _as_moments(file: Path, text: pa.ChunkedArray) -> pa.ChunkedArray:
    found = pa.chunked_array([moments(chunk) for chunk in text.chunks])
    if found.null_count > text.null_count:
        row = int((found.is_null().to_numpy() & text.is_valid().to_numpy()).argmax())
        raise DataError(f"{file}, row {row + 1}: time: got {text[row].as_py()!r}, expected {EXPECTED}")
    return found
