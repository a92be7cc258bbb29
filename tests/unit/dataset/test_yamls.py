"""What every yaml of a published dataset says: whence it comes, its terms, its counts."""

import re
from pathlib import Path

import pytest
import yaml
from hydra.utils import instantiate
from omegaconf import OmegaConf

from recexp.config.compose import choices, conf_dir
from recexp.data.catalogue import BY_HAND, FETCHED, HERE, YOURS, entries
from recexp.data.counts import filters_in_words
from recexp.data.prepare import prepare
from recexp.dataset.base import COUNTS
from recexp.dataset.published import Published

FOLDER = conf_dir() / "dataset"
NODES = {name: yaml.safe_load((FOLDER / f"{name}.yaml").read_text()) for name in choices("dataset")}
PUBLISHED = {name: node for name, node in NODES.items() if node.get("path") != "???"}
# what lies in the folder of real datasets, and overrides under which its counts are published
REAL = [
    ("ml-latest-small", ""),
    ("ml-100k", ""),
    ("ml-100k", "k_core=5"),
    ("ml-100k", "k_core=10"),
    ("ml-1m-sasrec", ""),
    ("beauty-5core", ""),
]


def make(name, data, **changes):
    """The dataset of a yaml, with raw files in the folder `data`."""
    return instantiate(OmegaConf.create({"dataset": NODES[name] | changes, "paths": {"data": str(data)}}).dataset)


@pytest.mark.parametrize("node", PUBLISHED.values(), ids=PUBLISHED)
def test_terms_and_source_are_stated(node):
    assert node["licence"]
    assert node["citation"]
    assert node["homepage"].startswith("https://")
    if node["name"] == "ml-latest-small":
        return
    assert node["path"] == f"${{paths.data}}/{node['name']}"
    assert node["url"] is None or re.match("https://.*", node["url"])
    for sum in (node["sha256"], *node.get("beside", {}).values()):
        assert sum is None or re.fullmatch("[0-9a-f]{64}", sum)


@pytest.mark.parametrize("node", PUBLISHED.values(), ids=PUBLISHED)
def test_counts_are_pinned(node):
    assert set(node["expected"]) <= set(COUNTS)
    assert node["expected"]
    for words, counts in node.get("filtered", {}).items():
        filters = dict(part.split("=") for part in words.split())
        values = {name: float(filters[name]) if name in filters else None for name in ("min_rating", "k_core")}
        assert words == filters_in_words(**values)
        assert set(counts) == set(COUNTS)
        assert all(counts[name] <= count for name, count in node["expected"].items())


@pytest.mark.parametrize("name", PUBLISHED)
def test_features_have_a_reader(name, tmp_path):
    dataset = make(name, tmp_path)
    assert isinstance(dataset, Published)
    readers = {cls.__dict__["read_items"] for cls in type(dataset).__mro__ if "read_items" in cls.__dict__}
    assert (len(readers) > 1) == bool(dataset.features)


@pytest.mark.parametrize(("name", "filters"), REAL)
def test_the_real_files_have_their_published_counts(name, filters, shared_data, tmp_path):
    """T15, and what is known of items and users fits what `features` declares."""
    dataset = make(name, shared_data, **yaml.safe_load(filters.replace("=", ": ") or "{}"))
    card = prepare(dataset, cache=tmp_path).card
    expected = dataset.filtered[filters] if filters else dataset.expected
    assert {count: getattr(card, count) for count in COUNTS} == expected
    file: Path = dataset.locate()
    tables = [table for table in (dataset.read_items(file), dataset.read_users(file)) if table is not None]
    columns = [column for table in tables for column in table if column not in ("user", "item")]
    assert columns == list(dataset.features)
    for table in tables:
        for column, kind in dataset.features.items():
            if column in table:
                assert kind != "categories" or all(isinstance(value, list) for value in table[column])
                assert kind != "number" or table[column].dtype == float


def test_the_list_is_of_all_datasets(tmp_path):
    (tmp_path / "ml-100k").mkdir()
    (tmp_path / "ml-100k" / "u.data").touch()
    found = {entry.name: entry for entry in entries(OmegaConf.create({"data": str(tmp_path)}))}
    assert set(found) == set(NODES)
    where = {name: entry.where for name, entry in found.items()}
    assert where["ml-latest-small"] == where["ml-100k"] == HERE
    assert (where["ml-1m"], where["yelp"], where["csv"]) == (FETCHED, BY_HAND, YOURS)
    assert found["ml-100k"].counts == NODES["ml-100k"]["expected"]
    assert found["steam"].filters == "k_core=5"


def test_the_card_of_beauty_says_what_its_order_is(tmp_path):
    """T12: the order within a day is that of the item numbers."""
    (tmp_path / "beauty-5core").mkdir()
    (tmp_path / "beauty-5core" / "Beauty.txt").write_text("1 1 2 3\n")
    card = prepare(make("beauty-5core", tmp_path, expected=None), cache=tmp_path / "cache").card
    (notes,) = [value for name, value in card.rows() if name == "notes"]
    assert "in the order of their item numbers" in notes
    assert "43 % of the users" in notes
