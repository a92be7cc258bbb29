import json

import pytest

from recexp.dataset.s3rec import S3RecFile
from recexp.errors import DataError


@pytest.fixture
def dataset(tmp_path):
    (tmp_path / "Beauty.txt").write_text("1 4 83\n2 83\n")
    return S3RecFile(name="beauty-5core", path=str(tmp_path), file="Beauty.txt")


def attributes(dataset, content, names=None):
    file = dataset.locate()
    text = content if isinstance(content, str) else json.dumps(content)
    file.with_name("Beauty_item2attributes.json").write_text(text)
    if names is not None:
        file.with_name("Beauty_attribute_names.json").write_text(json.dumps(names))
    return dataset.read_items(file)


def test_attributes_come_by_number(dataset):
    frame = attributes(dataset, {"4": [3, 1, 3], "83": []})
    assert frame["item"].tolist() == ["4", "83"]
    assert frame["attributes"].tolist() == [["3", "1"], []]


def test_attributes_come_by_name_where_names_are_known(dataset):
    assert attributes(dataset, {"4": [3, 1]}, {"1": "Makeup"})["attributes"].tolist() == [["3", "Makeup"]]


def test_without_attributes_nothing_is_known(dataset):
    assert dataset.read_items(dataset.locate()) is None


@pytest.mark.parametrize("bad", ["{", "[]", '{"4": 3}', '{"4": [[3]]}'])
def test_a_bad_file_is_named(dataset, bad):
    with pytest.raises(DataError, match=r"Beauty_item2attributes\.json: "):
        attributes(dataset, bad)
