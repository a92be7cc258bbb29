"""Small text files with what is known of items and users, read line by line, each in its own encoding."""

import csv
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from recexp.errors import DataError

log = logging.getLogger(__name__)


def find_side_information(raw: Path, *names: str, source: str = "the dataset's archive") -> Path | None:
    """The first of `names` (paths seen from the folder of the raw file) that is there; None is said in the log."""
    files = [raw.parent / name for name in names]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        log.info("%s is not there: nothing of what it tells is known; it comes with %s", files[0], source)
    return found


def read_side_information(
    file: Path,
    names: Sequence[str],
    split: Callable[[str], list[str]],
    *,
    encoding: str = "utf-8",
    skip_lines: int = 0,
) -> pd.DataFrame:
    """A column for each of `names`. The first is the id, a whole number; the others are text.

    split: a line -> its fields. Raises DataError that names the file and the line, also for an id that comes again.
    """
    rows: dict[int, list[str]] = {}
    lines = _decoded(file, encoding).removeprefix("\ufeff").split("\n")
    for number, line in enumerate(lines, start=1):
        if number <= skip_lines or not line.strip():
            continue
        key, *fields = split(line.rstrip("\r"))
        if len(fields) != len(names) - 1:
            problem = f"{len(fields) + 1} fields, expected {len(names)}"
        elif not (key.isascii() and key.isdigit()):
            problem = f"{names[0]}: got {key!r}, expected a whole number"
        elif int(key) in rows:
            problem = f"{names[0]} {key} has a line already"
        else:
            rows[int(key)] = fields
            continue
        raise DataError(f"{file}, line {number}: {problem} in {line[:80]!r}; a line has: {', '.join(names)}")
    frame = pd.DataFrame(list(rows.values()), columns=list(names[1:]), dtype=str)
    frame.insert(0, names[0], pd.Series(list(rows), dtype="int64"))
    return frame


def _decoded(file: Path, encoding: str) -> str:
    content = file.read_bytes()
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = f"not {encoding.upper()} text ({error.reason})"
        raise DataError(f"{file}, line {line}: {problem}; convert the file") from error


def quoted_fields(line: str) -> list[str]:
    """Of a line of a CSV file, where a field with a comma stands in double quotes."""
    return next(csv.reader([line]))


def numbers(column: pd.Series) -> pd.Series:
    """float64, NaN for what is no number."""
    return pd.to_numeric(column, errors="coerce").astype("float64")


def or_nothing(column: pd.Series) -> pd.Series:
    """The same text, NaN where it is empty."""
    return column.where(column.str.strip() != "")


def listed(values: str, separator: str = "|") -> list[str]:
    """The words of a list in one field, each once, in their order."""
    return list(dict.fromkeys(word for part in values.split(separator) if (word := part.strip())))
