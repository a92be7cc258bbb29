"""Small tables for the tests."""

from pathlib import Path

from recexp.data.interactions import Prepared
from recexp.data.prepare import prepare
from recexp.dataset.csv import Table

COLUMNS = {"separator": ",", "user": "user", "item": "item", "time": "time", "rating": None}


def table(folder: Path, text: str, **settings) -> Table:
    """A dataset of a CSV with this text; columns user, item and time unless told otherwise."""
    file = folder / "table.csv"
    file.write_text(text)
    return Table(**{"name": "table", "path": str(file), **COLUMNS, **settings})


def prepare_table(folder: Path, text: str, **settings) -> Prepared:
    return prepare(table(folder, text, **settings), cache=folder / "cache")
