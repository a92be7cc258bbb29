"""Text files with one interaction a line: read by pandas' C engine, and only when that fails line by line."""

import csv
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd
from pandas.errors import EmptyDataError

from recexp.dataset.rows import IDS, find_bad_row
from recexp.errors import DataError

WHITESPACE = r"\s+"
FIELD_END = "\x1f"  # ASCII's unit separator, which no text has


def read_text(
    file: Path,
    *,
    columns: Mapping[str, int],
    width: int,
    separator: str,
    layout: str,
    skip_lines: int = 0,
    quoted: bool = False,
    whole_ids: bool = False,
) -> pd.DataFrame:
    """The columns of a text file under the names of `columns` (name -> position from 0), in the order of the file.

    width: the number of columns every line must have. layout: a good line in words, for the error.
    quoted: fields may stand in double quotes. whole_ids: ids are whole numbers (int64), else they are text (str).
    Raises DataError that names the file and the first bad line (from 1); blank lines are skipped.
    """

    def bad_line(row: int | None, problem: str) -> DataError:
        """The row found bad, or an earlier one that has not `width` columns: that explains the rest."""
        for position, (line, fields) in enumerate(_records(file, separator, quoted, skip_lines)):
            if len(fields) != width:
                return _error(file, line, f"{len(fields)} columns, expected {width}", separator.join(fields), layout)
            if position == row:
                return _error(file, line, problem, separator.join(fields), layout)
        return DataError(f"{file}: {problem}; a line is: {layout}")

    source = _with_field_ends(file, layout) if separator == "::" else file
    try:
        raw = pd.read_csv(
            # the C engine wants one character between fields; :: is two
            source,
            sep=FIELD_END if separator == "::" else separator,
            header=None,
            skiprows=skip_lines,
            dtype=None if whole_ids else {columns[name]: str for name in IDS},
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            keep_default_na=False,  # an id may well be called NA
            na_values=[""],
            skipinitialspace=True,
            compression=None,
            low_memory=False,
        )
    except EmptyDataError:
        raise DataError(f"{file} has no rows; a line is: {layout}") from None
    except (ValueError, OverflowError) as error:
        raise bad_line(None, str(error).strip()) from error
    if raw.shape[1] != width:
        raise bad_line(None, f"{raw.shape[1]} columns, expected {width}")
    frame = raw[list(columns.values())].set_axis(list(columns), axis=1)
    if bad := find_bad_row(frame, whole_ids=whole_ids):
        raise bad_line(*bad)
    return frame


def _with_field_ends(file: Path, layout: str) -> BytesIO:
    """The file with one character in the place of each '::'."""
    content, end = file.read_bytes(), FIELD_END.encode()
    before, found, _ = content.partition(end)
    if found:
        line = before.count(b"\n") + 1
        text = content.split(b"\n")[line - 1].decode("utf-8", "replace")
        raise _error(file, line, f"the control character {FIELD_END!r}", text, layout)
    return BytesIO(content.replace(b"::", end))


def read_header(file: Path, separator: str) -> list[str]:
    """The column names in the first line. Raises DataError when the file is empty."""
    for _, fields in _records(file, separator, True, 0):
        return fields
    raise DataError(f"{file} is empty")


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, text) of every line. Raises DataError at the first that is not UTF-8."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield number, line.decode("utf-8-sig").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise DataError(f"{file}, line {number}: not UTF-8 text ({error.reason}); convert the file") from error


def _records(file: Path, separator: str, quoted: bool, skip_lines: int) -> Iterator[tuple[int, list[str]]]:
    """(line number from 1, fields) of every line that is not blank."""
    lines = ((number, line) for number, line in read_lines(file) if number > skip_lines)
    if quoted:
        reader = csv.reader((line + "\n" for _, line in lines), delimiter=separator, skipinitialspace=True)
        yield from ((reader.line_num + skip_lines, fields) for fields in reader if fields)
    else:
        split_at = None if separator == WHITESPACE else separator
        yield from ((number, line.split(split_at)) for number, line in lines if line.strip(" "))


def _error(file: Path, line: int, problem: str, text: str, layout: str) -> DataError:
    return DataError(f"{file}, line {line}: {problem} in {text[:80]!r}; a line is: {layout}")
