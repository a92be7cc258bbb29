"""What a run keeps of its data comes back as it was."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal

from recexp.data.interactions import Interactions
from recexp.data.side_information import SideInformation
from recexp.errors import RunError
from recexp.runs.kept_data import KeptData, read_kept_data

NONE = SideInformation({}, {})


def kept(*, text_ids, time=(10, 10, 2**40, 5), has_times=True):
    """Three users, the second without training interactions."""
    users, items = (["a", "b", "ü"], ["", "A0", "B", "C"]) if text_ids else ([1, 2, 30], [-1, 5, 6, 7])
    ids = np.array(items)
    columns = {
        "genres": pd.Series([np.nan, ["x", "y"], [], ["x"]], index=ids.astype(str)),
        "item": pd.Series([np.nan, "", "x", None], index=ids.astype(str)),  # a feature may have the name of a column
        "year": pd.Series([np.nan, 1999.0, np.nan, 2**53], index=ids.astype(str)),
    }
    kinds = {"genres": "categories", "item": "category", "year": "binned_number"}
    return KeptData(
        interactions=Interactions(
            user_idx=np.array([0, 0, 1, 2], np.int32),
            item_idx=np.array([3, 1, 2, 2], np.int32),
            time=np.array(time),
            offsets=np.array([0, 2, 3, 4]),
            user_ids=np.array(users),
            item_ids=ids,
        ),
        train_end=np.array([1, 2, 4]),
        has_times=has_times,
        item=SideInformation(columns, kinds),
        user=SideInformation({"age": pd.Series([1, 2, 3], index=list(map(str, users)))}, {"age": "number"}),
        titles=pd.Series([None, "Ä", None, "c"]),
    )


def there_and_back(data, folder):
    pq.write_table(data.catalogue(), folder / "catalogue.parquet")
    pq.write_table(data.histories(), folder / "histories.parquet")
    return read_kept_data(folder / "catalogue.parquet", folder / "histories.parquet")


@pytest.mark.parametrize("text_ids", [False, True])
@pytest.mark.parametrize("time", [(10, 10, 2**40, 5), (1.5, 2.25, 3, 4)])
def test_it_comes_back(text_ids, time, tmp_path):
    data = kept(text_ids=text_ids, time=time)
    back = there_and_back(data, tmp_path)
    assert back.interactions.sha256() == data.interactions.sha256()  # all arrays with their types
    assert_array_equal(back.train_end, data.train_end)
    assert back.has_times
    for side in ("item", "user"):
        ours, theirs = getattr(data, side), getattr(back, side)
        assert theirs.sha256() == ours.sha256()
        assert theirs.kinds == ours.kinds
        assert list(theirs.series) == list(ours.series)
        for name, column in theirs.series.items():
            assert column.name == name
            assert list(column.index) == list(ours.series[name].index)
    assert back.titles.astype(object).where(back.titles.notna(), None).tolist() == [None, "Ä", None, "c"]


def test_without_times_titles_and_features(tmp_path):
    full = kept(text_ids=False, has_times=False)
    data = KeptData(full.interactions, full.train_end, has_times=False, item=NONE, user=NONE, titles=None)
    back = there_and_back(data, tmp_path)
    assert not back.has_times
    assert back.titles is None
    assert len(back.item) == len(back.user) == 0
    assert_array_equal(back.interactions.item_idx, data.interactions.item_idx)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("catalogue", lambda table: table.slice(0, 3)),  # a history has an item that is missing now
        ("catalogue", lambda table: table.drop_columns("item")),
        ("histories", lambda table: table.drop_columns("training")),
        ("histories", lambda table: table.set_column(1, "items", pa.array(["a", "b", "c"]))),
        ("histories", lambda table: table.set_column(3, "training", pa.array([5, 0, 0], pa.int32()))),
        ("histories", lambda table: table.set_column(3, "training", pa.array([-1, 0, 0], pa.int32()))),
    ],
)
def test_another_content_is_refused(file, change, tmp_path):
    data = kept(text_ids=False)
    there_and_back(data, tmp_path)
    place = tmp_path / f"{file}.parquet"
    pq.write_table(change(pq.read_table(place)), place)
    with pytest.raises(RunError, match="are not what a run keeps of its data"):
        read_kept_data(tmp_path / "catalogue.parquet", tmp_path / "histories.parquet")


def test_no_parquet_is_refused(tmp_path):
    for name in ("catalogue", "histories"):
        (tmp_path / f"{name}.parquet").write_text("PAR1 and nothing else")
    with pytest.raises(RunError, match="are not what a run keeps"):
        read_kept_data(tmp_path / "catalogue.parquet", tmp_path / "histories.parquet")


@pytest.mark.parametrize("file", ["catalogue", "histories"])
def test_ids_that_are_not_ascending_are_refused(file, tmp_path):
    """They are searched as if they were: users and items would be taken for others."""
    data = kept(text_ids=False)
    there_and_back(data, tmp_path)
    column = {"catalogue": ("item", [-1, 6, 5, 7]), "histories": ("user", [1, 2, 2])}[file]
    table = getattr(data, file)()
    table = table.set_column(table.column_names.index(column[0]), column[0], pa.array(column[1]))
    pq.write_table(table, tmp_path / f"{file}.parquet")
    with pytest.raises(RunError, match="its ids are not ascending"):
        read_kept_data(tmp_path / "catalogue.parquet", tmp_path / "histories.parquet")
