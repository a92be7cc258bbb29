"""Titles are read where the dataset has them, once."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from recexp.data.prepare import prepare
from recexp.data.titles import item_titles
from recexp.dataset.csv import Table
from recexp.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Titled(Table):
    """A table with titles.csv beside it."""

    def read_items(self, file: Path) -> pd.DataFrame | None:
        titles = file.with_name("titles.csv")
        if not titles.exists():
            return None
        if "broken" in titles.read_text():
            raise DataError("titles.csv, line 2: broken")
        return pd.read_csv(titles, dtype=str)


@pytest.fixture
def titled(tmp_path):
    file = tmp_path / "clicks.csv"
    file.write_text("user,item\n1,20\n1,10\n2,30\n")
    (tmp_path / "titles.csv").write_text("item,title\n30,Thirty\n10,Ten\n99,Other\n")
    return Titled(
        name="csv",
        path=str(file),
        separator=",",
        user="user",
        item="item",
        time=None,
        rating=None,
        features={"title": "text"},
    )


def read(dataset):
    cache = Path(dataset.path).with_name("cache")
    titles = item_titles(dataset, prepare(dataset, cache=cache).interactions, cache=cache)
    return None if titles is None else titles.astype(object).where(titles.notna(), None).tolist()


def test_a_title_for_each_item_index(titled):
    assert read(titled) == [None, "Ten", None, "Thirty"]


def test_metadata_is_read_once(titled, monkeypatch):
    assert read(titled) == [None, "Ten", None, "Thirty"]
    monkeypatch.setattr(Titled, "read_items", None)
    assert read(titled) == [None, "Ten", None, "Thirty"]


def test_a_damaged_cache_is_made_again(titled):
    read(titled)
    (kept,) = Path(titled.path).parent.rglob("titles.parquet")
    kept.write_text("no Parquet")
    assert read(titled) == [None, "Ten", None, "Thirty"]


def test_a_dataset_without_titles(titled):
    assert read(replace(titled, features={})) is None
    Path(titled.path).with_name("titles.csv").unlink()
    assert read(titled) is None


def test_metadata_that_cannot_be_read_stops_no_run(titled, caplog):
    Path(titled.path).with_name("titles.csv").write_text("broken")
    assert read(titled) is None
    assert "items have no titles: titles.csv, line 2: broken" in caplog.text
