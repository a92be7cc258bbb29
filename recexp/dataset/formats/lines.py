"""Text files read line by line: for layouts that nothing faster reads, and to name the first bad line."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from recexp.dataset.formats.rows import IDS, find_bad_row
from recexp.dataset.formats.stream import opened, other_than_utf8
from recexp.dataset.formats.times import is_date, moments
from recexp.errors import DataError

WHITESPACE = r"\s+"
LINES_AT_A_TIME = 100_000


@dataclass(frozen=True)
class Layout:
    """How the lines of a text file are written; the fields are those of `text.read_text`."""

    columns: Mapping[str, int]
    width: int
    separator: str
    layout: str
    skip_lines: int
    quoted: bool
    whole_ids: bool
    own: bool
    keep_missing: bool

    @property
    def ids(self) -> list[str]:
        return [name for name in self.columns if name in IDS]

    def is_number(self, name: str) -> bool:
        return self.whole_ids or name not in IDS


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, text) of every line, a byte order mark left out of the first. Raises DataError at the first that
    is not UTF-8."""
    with opened(file) as stream:
        for number, line in enumerate(stream, start=1):
            if number == 1 and (other := other_than_utf8(line)):
                raise DataError(f"{file}, line 1: it is {other}")
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise DataError(f"{file}, line {number}: not UTF-8 text ({error.reason}); convert the file") from error


def read_records(file: Path, *, separator: str, quoted: bool, skip_lines: int) -> Iterator[tuple[int, list[str]]]:
    """(line number from 1, fields) of every line that is not blank."""
    lines = ((number, line) for number, line in read_lines(file) if number > skip_lines)
    if quoted:
        reader = csv.reader((line + "\n" for _, line in lines), delimiter=separator, skipinitialspace=True, strict=True)
        try:
            yield from ((reader.line_num + skip_lines, fields) for fields in reader if fields)
        except csv.Error as error:
            raise DataError(f"{file}, line {reader.line_num + skip_lines}: {error}") from error
    else:
        split_at, blank = (None, None) if separator == WHITESPACE else (separator, " ")
        yield from ((number, line.split(split_at)) for number, line in lines if line.strip(blank))


def read_by_line(file: Path, layout: Layout) -> pd.DataFrame:
    """As `text.read_text`, in pieces."""
    records = read_records(file, separator=layout.separator, quoted=layout.quoted, skip_lines=layout.skip_lines)
    pieces: list[pd.DataFrame] = []
    dates = False
    while piece := list(islice(records, LINES_AT_A_TIME)):
        dates = _has_dates(layout, piece) if not pieces else dates
        pieces.append(_read_piece(file, layout, piece, dates))
    if not pieces:
        raise DataError(f"{file} has no rows; a line is: {layout.layout}")
    id_type = np.int64 if layout.whole_ids else "category"
    return pd.concat(pieces, ignore_index=True).astype(dict.fromkeys(layout.ids, id_type))


def _has_dates(layout: Layout, records: list[tuple[int, list[str]]]) -> bool:
    """Whether the first time is a date; then all are."""
    if not layout.own or "time" not in layout.columns:
        return False
    place = layout.columns["time"]
    times = (fields[place].lstrip(" ") for _, fields in records if len(fields) == layout.width)
    return is_date(next(filter(None, times), ""))


def _read_piece(file: Path, layout: Layout, records: list[tuple[int, list[str]]], dates: bool) -> pd.DataFrame:
    """Raises DataError that names the first line with another number of columns or a bad value."""
    wrong = next((row for row, (_, fields) in enumerate(records) if len(fields) != layout.width), len(records))
    good = [fields for _, fields in records[:wrong]]
    text = {name: [fields[place].lstrip(" ") for fields in good] for name, place in layout.columns.items()}
    frame = pd.DataFrame(text, dtype=str)
    bad = find_bad_row(frame, whole_ids=layout.whole_ids, own=layout.own, dates=dates, keep_missing=layout.keep_missing)
    if bad is None and wrong < len(records):
        bad = wrong, f"{len(records[wrong][1])} columns, expected {layout.width}"
    if bad is not None:
        row, problem = bad
        line, fields = records[row]
        written = (" " if layout.separator == WHITESPACE else layout.separator).join(fields)
        raise DataError(f"{file}, line {line}: {problem} in {written[:80]!r}; a line is: {layout.layout}")
    if layout.keep_missing:
        frame = frame.mask(frame == "")
    return frame.assign(**{name: _converted(frame[name], layout, dates) for name in frame if layout.is_number(name)})


def _converted(text: pd.Series, layout: Layout, dates: bool) -> pd.Series:
    """Moments or numbers; whole ones stay whole beside missing ones."""
    if text.name == "time" and dates:
        return moments(pa.array(text, pa.string(), from_pandas=True)).to_pandas()
    return pd.to_numeric(text, dtype_backend="numpy_nullable") if layout.keep_missing else pd.to_numeric(text)
