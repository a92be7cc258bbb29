"""Names in the config -> columns."""

from dataclasses import dataclass

import pandas as pd
import pytest

from recexp.data.prepare import prepare
from recexp.dataset.csv import Table
from recexp.errors import ConfigError, DataError
from recexp.features.choice import check_features, read_features
from tests.unit.dataset.tables import COLUMNS

DECLARED = {"title": "text", "genres": "categories", "year": "number", "age": "number", "gender": "category"}


@dataclass(frozen=True, kw_only=True)
class Known(Table):
    """A table that tells of its items and users."""

    def read_items(self, file):
        return pd.DataFrame({"item": ["x", "y"], "title": ["X", "Y"], "genres": [["a"], []], "year": [1990, 2000]})

    def read_users(self, file):
        return pd.DataFrame({"user": ["v", "u"], "age": [20, 30]})


def read(folder, *names, made_of=Known, features=DECLARED):
    file = folder / "table.csv"
    file.write_text("user,item,time\nu,x,1\nu,y,2\nv,y,3\nv,z,4")
    dataset = made_of(name="films", path=str(file), features=features, **COLUMNS)
    return read_features(names, dataset, prepare(dataset, cache=folder / "cache"))


def test_features_of_items_users_and_context_find_their_places(tmp_path):
    found = read(tmp_path, "year", "hour", "age", "genres", "gap")
    assert list(found.item.series) == ["genres", "year"]
    assert found.item.series["genres"].tolist()[1:3] == [["a"], []]
    assert found.item.series["year"].fillna(0).tolist() == [0, 1990, 2000, 0]
    assert found.user.series["age"].tolist() == [30, 20]
    assert found.context == ("gap", "hour")
    assert found.item.kinds == {"genres": "categories", "year": "number"}
    assert found.user.kinds == {"age": "number"}
    assert found.names() == ["genres", "year", "age", "gap", "hour"]


def test_the_order_of_the_names_changes_nothing(tmp_path):
    one, other = read(tmp_path, "genres", "year", "age"), read(tmp_path, "age", "year", "genres")
    assert one.names() == other.names()
    assert one.sha256() == other.sha256()


def test_no_names_read_nothing(tmp_path):
    assert read(tmp_path).names() == []
    assert read(tmp_path).sha256() == read(tmp_path, "hour").sha256() == ""


def test_a_column_named_like_a_context_feature_is_the_datasets_own(tmp_path):
    class Own(Known):
        def read_items(self, file):
            return pd.DataFrame({"item": ["x"], "hour": ["late"]})

    found = read(tmp_path, "hour", made_of=Own, features={"hour": "category"})
    assert found.item.series["hour"].tolist()[1] == "late"
    assert found.context == ()


def test_an_unknown_name_gets_the_nearest_and_the_whole_list():
    with pytest.raises(ConfigError) as caught:
        check_features(["genre"], "films", DECLARED)
    message = str(caught.value)
    assert "got 'genre'. Did you mean 'genres'" in message
    assert all(f"{name} ({kind})" in message for name, kind in DECLARED.items())
    assert "hour, weekday, gap" in message


def test_a_dataset_that_knows_nothing_says_so():
    with pytest.raises(ConfigError, match=r"Features of dataset 'films': none; of the time .*: hour, weekday, gap"):
        check_features(["brand"], "films", {})


def test_a_name_twice_is_an_error():
    with pytest.raises(ConfigError, match="got 'year' 2 times"):
        check_features(["year", "genres", "year"], "films", DECLARED)


def test_a_kind_without_vectors_is_an_error_that_tells_what_can_be_used():
    with pytest.raises(ConfigError, match=r"'title' .*'text', which is not supported.* Usable here: genres, year, age"):
        check_features(["title"], "films", DECLARED)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"no values for gender: the files .* are not beside .*table.csv"):
        read(tmp_path, "genres", "gender")
    with pytest.raises(DataError, match="no values for age, genres"):
        read(tmp_path, "genres", "age", made_of=Table)
