"""Files with one JSON object a line, packed by gzip or not; also in Python's spelling, as the McAuley lab has some."""

import ast
import gzip
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pandas as pd

from recexp.dataset.formats.stream import DAMAGED
from recexp.errors import DataError


def read_objects(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line from 1, object) of every line that is not blank. Raises DataError at the first that is no object."""
    number = 0
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
        try:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield number, _object(file, number, line)
        except DAMAGED as error:
            raise DataError(f"{file}, after line {number}: damaged or cut short ({error}); fetch it again") from error


def read_reviews(
    file: Path, *, user: str, item: str, time: str, rating: str | None, to_time: Callable[[Any], float | int]
) -> pd.DataFrame:
    """user, item, time and, where there is one, rating of every line, from the keys of these names.

    Raises DataError that names the file, the line and the key.
    """
    keys: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "user": (user, text_id),
        "item": (item, text_id),
        "time": (time, to_time),
    }
    if rating is not None:
        keys["rating"] = (rating, number)
    columns: dict[str, list[Any]] = {name: [] for name in keys}
    seen: dict[str, str] = {}  # one string in memory for all mentions of an id
    for line, entry in read_objects(file):
        for name, (key, convert) in keys.items():
            try:
                value = convert(entry[key])
            except (KeyError, ValueError) as error:
                problem = f"there is no {key!r}" if isinstance(error, KeyError) else f"{key}: {error}"
                raise DataError(f"{file}, line {line}: {problem}") from error
            columns[name].append(seen.setdefault(value, value) if convert is text_id else value)
    if not columns["user"]:
        raise DataError(f"{file} has no rows; a line is: {{{', '.join(repr(key) for key, _ in keys.values())}, ...}}")
    return pd.DataFrame(columns)


def text_id(value: Any) -> str:
    """An id as text. Raises ValueError when there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError(f"got {value!r}, expected an id")
    return str(value)


def number(value: Any) -> float | int:
    """Raises ValueError for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**63:
        raise ValueError(f"got {value!r}, expected a finite number")
    return value


def seconds(value: Any) -> int:
    """'2018-07-07' or '2018-07-07 22:09:11' -> seconds since 1970. Raises ValueError."""
    try:
        return int(datetime.fromisoformat(value).replace(tzinfo=timezone.utc).timestamp())
    except (TypeError, ValueError):
        raise ValueError(f"got {value!r}, expected a date such as '2018-07-07' or '2018-07-07 22:09:11'") from None


def _object(file: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        text = line.decode("utf-8")
        try:
            found = json.loads(text)
        except json.JSONDecodeError:
            found = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise DataError(f"{file}, line {number}: no JSON object ({error}) in {line[:80]!r}") from error
    if not isinstance(found, dict):
        raise DataError(f"{file}, line {number}: got a {type(found).__name__}, expected a JSON object in {line[:80]!r}")
    return found
