"""Tables of features, joined to the contiguous ids."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recexp.data.side_information import SideInformation, aligned
from recexp.errors import DataError

FILE = Path("ratings.csv")
KINDS = {"year": "number", "genres": "categories", "price": "number"}
TABLE = pd.DataFrame(
    {"item": [30, 10, 20, 99], "genres": [["a"], [], ["b", "c"], ["d"]], "year": [1990, 2000, np.nan, 1]}
)


@pytest.mark.parametrize("spelling", [np.int64, str])
@pytest.mark.parametrize("ids", [np.array([-1, 10, 20, 30, 40]), np.array(["", "10", "20", "30", "40"])])
def test_rows_follow_the_ids_however_they_are_spelt(ids, spelling):
    columns = aligned(TABLE.astype({"item": spelling}), KINDS, "item", ids, FILE)
    found = columns.series
    assert list(found) == list(columns.kinds) == ["genres", "year"]
    assert found["genres"].tolist()[1:4] == [[], ["b", "c"], ["a"]]
    assert found["year"].fillna(0).tolist() == [0, 2000, 0, 1990, 0]
    assert all(len(column) == 5 and column.isna().iloc[[0, 4]].all() for column in found.values())


def test_a_table_without_the_columns_gives_none():
    assert len(aligned(TABLE, {"price": "number"}, "item", np.array([-1, 10]), FILE)) == 0
    assert len(aligned(None, KINDS, "item", np.array([-1, 10]), FILE)) == 0


def test_an_id_with_two_rows_is_an_error():
    with pytest.raises(DataError, match=r"ratings.csv: the features of item '30' have two rows"):
        aligned(pd.concat([TABLE, TABLE[:1]]), KINDS, "item", np.array([-1, 10]), FILE)


def test_tables_that_speak_of_others_are_an_error():
    with pytest.raises(DataError, match=r"no item has features.* such as 'b'.* have '30', '10', '20'"):
        aligned(TABLE, KINDS, "item", np.array(["", "a", "b"]), FILE)


def columns(year, genres):
    return SideInformation({"genres": pd.Series(genres), "year": pd.Series(year)}, KINDS)


def test_other_values_are_another_hash():
    known = columns([1.0, np.nan], [["a"], []])
    assert known.sha256() == columns([1.0, None], [["a"], []]).sha256()
    assert known.sha256() == columns(np.array([1.0, np.nan]), [np.array(["a"]), []]).sha256()
    others = [columns([1.0, 2.0], [["a"], []]), columns([1.0, None], [["b"], []]), columns([1.0, None], [["a"], None])]
    assert len({known.sha256(), *(other.sha256() for other in others)}) == 4


def test_nothing_known_is_no_hash():
    assert SideInformation({}, {}).sha256() == ""
