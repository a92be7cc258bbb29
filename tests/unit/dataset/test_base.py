from pathlib import Path

import pytest
import yaml
from hydra.utils import instantiate
from omegaconf import OmegaConf

from recexp.dataset.base import Dataset
from recexp.errors import ConfigError, DataError
from tests.unit.dataset.tables import table

YAMLS = sorted((Path(__file__).parents[3] / "conf" / "dataset").glob("*.yaml"))


@pytest.mark.parametrize("file", YAMLS, ids=lambda file: file.stem)
def test_every_yaml_makes_a_dataset(file, tmp_path):
    """A new yaml is tested without an edit."""
    node = yaml.safe_load(file.read_text())
    assert node["name"] == file.stem
    node = {key: str(tmp_path) if value == "???" else value for key, value in node.items()}
    dataset = instantiate(OmegaConf.create({"dataset": node, "paths": {"data": str(tmp_path)}}).dataset)
    assert isinstance(dataset, Dataset)
    assert (dataset.min_rating, dataset.k_core) == (node["min_rating"], node["k_core"])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"k_core": 0}, "dataset.k_core: got 0"),
        ({"k_core": 2.5}, r"dataset.k_core: got 2.5"),
        ({"k_core": True}, "dataset.k_core: got True"),
        ({"min_rating": "high"}, "dataset.min_rating: got 'high'"),
        ({"min_rating": float("nan")}, "dataset.min_rating: got nan"),
        ({"name": "../up"}, r"dataset.name: got '\.\./up'"),
        ({"name": ""}, "dataset.name: got ''"),
        ({"name": "a" * 300}, "dataset.name: got 'aaa.*expected at most 100 letters"),
        ({"name": "Ж" * 60}, "expected at most 100"),
        ({"expected": {"user": 3}}, "dataset.expected: got user: 3, expected whole numbers of users, items"),
        ({"expected": {"users": "many"}}, "dataset.expected: got users: 'many'"),
        ({"expected": 5}, "dataset.expected: got 5, expected a mapping such as"),
        ({"filtered": {"k_core=5": 3}}, "dataset.filtered.k_core=5: got 3, expected a mapping"),
        ({"features": 5}, "dataset.features: got 5, expected a mapping"),
        ({"features": {"year": ["number"]}}, r"dataset.features.year: got \['number'\], expected one of"),
        ({"separator": "::"}, "dataset.separator: got '::'"),
    ],
    ids=str,
)
def test_a_bad_setting_is_named(tmp_path, setting, message):
    with pytest.raises(ConfigError, match=message):
        table(tmp_path, "", **setting)


def test_a_typo_in_a_setting_fails(tmp_path):
    """T21."""
    with pytest.raises(TypeError, match="k_cor"):
        table(tmp_path, "", k_cor=5)


def test_a_missing_file_is_named(tmp_path):
    dataset = table(tmp_path, "")
    dataset.locate().unlink()
    with pytest.raises(DataError, match=r"dataset.path: there is no file .*table\.csv"):
        dataset.locate()
