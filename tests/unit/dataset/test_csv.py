import numpy as np
import pandas as pd
import pytest

from recexp.data.prepare import prepare
from recexp.errors import ConfigError, DataError
from tests.unit.dataset.tables import prepare_table, table

TEXT = 'when,who,title,what\n3,bob,"Crouching Tiger, Hidden Dragon",p2\n1,bob,"He said ""hi""",p1\n2,ann,,p1\n'
NAMES = {"user": "who", "item": "what", "time": "when"}


def items(prepared):
    return prepared.interactions.item_ids[prepared.interactions.item_idx].tolist()


def parquet(folder, frame, **settings):
    file = folder / "table.parquet"
    frame.to_parquet(file)
    return table(folder, "", path=str(file), **settings)


def test_columns_are_found_by_name_and_commas_may_be_quoted(tmp_path):
    prepared = prepare_table(tmp_path, TEXT, **NAMES)
    assert prepared.interactions.user_ids.tolist() == ["ann", "bob"]
    assert items(prepared) == ["p1", "p1", "p2"]
    assert prepared.interactions.time.tolist() == [2, 1, 3]


def test_without_time_the_file_orders(tmp_path):
    assert items(prepare_table(tmp_path, TEXT, **{**NAMES, "time": None})) == ["p1", "p2", "p1"]


@pytest.mark.parametrize(("written", "meant"), [("\\t", "\t"), ("\t", "\t"), (";", ";"), ("|", "|")])
def test_other_separators(tmp_path, written, meant):
    prepared = prepare_table(tmp_path, f"user{meant}item{meant}time\na{meant}x,y{meant}1\n", separator=written)
    assert items(prepared) == ["x,y"]


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    """Excel writes one."""
    assert items(prepare_table(tmp_path, "\ufeffuser,item,time\na,x,1\n")) == ["x"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_missing_column_names_what_is_there_and_the_nearest(tmp_path, suffix):
    settings = {"user": "user_id", "item": "itme_id", "time": None}
    if suffix == "csv":
        dataset = table(tmp_path, "user_id,item_id,score\n1,2,3\n", **settings)
    else:
        dataset = parquet(tmp_path, pd.DataFrame({"user_id": [1], "item_id": [2], "score": [3]}), **settings)
    with pytest.raises(DataError) as error:
        dataset.read(dataset.locate())
    assert "dataset.item=itme_id" in str(error.value)
    assert "it has: user_id, item_id, score. Did you mean 'item_id'?" in str(error.value)


def test_a_name_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(DataError, match="more than one column 'item'"):
        prepare_table(tmp_path, "user,item,item,time\na,x,y,1\n")


@pytest.mark.parametrize(
    ("row", "line", "problem"),
    [
        ("bob,x", 3, "2 columns, expected 3"),
        ("bob,x,1,9", 3, "4 columns, expected 3"),
        (",x,1", 3, "user: got nothing, expected an id"),
        ("bob, ,1", 3, "item: got nothing, expected an id"),
        ("bob,x,", 3, "time: got nothing, expected a finite number"),
        ("bob,x,2024-01-01", 3, "time: got '2024-01-01', expected a finite number, as the file's first time is"),
        ("bob,x,inf", 3, "time: got 'inf', expected a finite number"),
        ('"bob\nby",x,nan', 4, "time: got 'nan', expected a finite number"),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path, row, line, problem):
    """Also after a quoted line break: there the row ends on line 4."""
    with pytest.raises(DataError) as error:
        prepare_table(tmp_path, f"user,item,time\na,x,1\n{row}\nb,y,2\n")
    assert f"table.csv, line {line}: {problem}" in str(error.value)
    assert str(error.value).endswith("a line is: user,item,time")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ('1,3,"x\n2,3,b\n2,4,c\n', "line 5: unexpected end of data"),  # the lines after it would be one field
        ('1,3,"x\n2,3,b\n2,4,"y"\n2,5,c\n', "line 5: ',' expected after"),
        ('1,"3', "line 3: unexpected end of data"),
    ],
    ids=["to the end", "to the next quote", "in the last line"],
)
def test_an_open_quote_hides_no_lines(tmp_path, rows, problem):
    """Be it in a column that is not read."""
    with pytest.raises(DataError) as error:
        prepare_table(tmp_path, f"user,item,title\n1,2,a\n{rows}", time=None)
    assert problem in str(error.value)


def test_lines_within_quotes_are_read(tmp_path):
    text = 'user,item,title\n1,2,"a\nb"\n1,3,"c"\n\n2,3,d'
    assert items(prepare_table(tmp_path, text, time=None)) == [2, 3, 3]


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "is empty"), ("user,item,time\n", "has no rows")],
    ids=["empty", "only a header"],
)
def test_an_empty_file_is_named(tmp_path, text, problem):
    with pytest.raises(DataError, match=rf"table\.csv {problem}"):
        prepare_table(tmp_path, text)


def test_csv_and_parquet_give_the_same_data(tmp_path):
    frame = pd.DataFrame({"user": [2, 1, 2], "item": ["b", "a", "a"], "time": [5, 1, 5], "rating": [1.5, 2.0, 3.0]})
    prepared = [
        prepare_table(tmp_path, frame.to_csv(index=False), rating="rating", min_rating=2),
        prepare(parquet(tmp_path, frame, rating="rating", min_rating=2), cache=tmp_path),
    ]
    assert prepared[0].card == prepared[1].card  # the hash of the arrays is in it


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_dates_of_parquet_become_seconds(tmp_path, zone):
    times = pd.to_datetime(["1970-01-02T00:00:00.0", "1970-01-01T00:00:00.5"]).tz_localize(zone)
    dataset = parquet(tmp_path, pd.DataFrame({"user": ["a", "a"], "item": ["x", "y"], "time": times}))
    assert prepare(dataset, cache=tmp_path).interactions.time.tolist() == [0.5, 86400.0]


@pytest.mark.parametrize(
    ("column", "values", "problem"),
    [
        ("user", ["a", None, "b"], "row 2: user: got nothing, expected an id"),
        ("user", [1.0, 2.0, np.nan], "row 3: user: got nothing, expected a whole number"),
        ("item", [1.0, 2.5, 3.0], "row 2: item: got '2.5', expected a whole number"),
        ("time", [1.0, 2.0, np.inf], "row 3: time: got 'inf', expected a finite number"),
        ("time", pd.to_datetime(["2024-01-01", None, "2024-01-02"]), "row 2: time: got nothing, expected a finite"),
    ],
)
def test_a_bad_row_of_parquet_is_named(tmp_path, column, values, problem):
    columns = {"user": ["a", "b", "c"], "item": [1, 2, 3], "time": [1, 2, 3], column: values}
    with pytest.raises(DataError, match=rf"table\.parquet, {problem}"):
        prepare(parquet(tmp_path, pd.DataFrame(columns)), cache=tmp_path)


def test_a_file_that_is_no_parquet_is_named(tmp_path):
    file = tmp_path / "table.parquet"
    file.write_text("user,item\n")
    with pytest.raises(DataError, match=r"table\.parquet cannot be read as Parquet"):
        prepare(table(tmp_path, "", path=str(file)), cache=tmp_path)


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(["1970-01-03", "1970-01-01", "1970-01-02"]).date,
        pd.to_timedelta([2, 0, 1], "D"),
        pd.to_datetime(["1970-01-03", "1970-01-01", "1970-01-02"]).tz_localize("UTC"),
    ],
    ids=["dates", "durations", "moments"],
)
def test_times_of_parquet_become_seconds(tmp_path, times):
    frame = pd.DataFrame({"user": [1, 1, 1], "item": [7, 8, 9], "time": times})
    prepared = prepare(parquet(tmp_path, frame, time="time"), cache=tmp_path / "cache")
    assert prepared.interactions.time.tolist() == [0, 86400, 172800]


def test_times_that_seconds_cannot_tell_apart(tmp_path):
    moments = pd.to_datetime(1_700_000_000_000_000_000 + np.arange(3))
    frame = pd.DataFrame({"user": [1, 1, 1], "item": [7, 8, 9], "time": moments})
    with pytest.raises(DataError, match="closer than seconds can tell"):
        prepare(parquet(tmp_path, frame, time="time"), cache=tmp_path / "cache")
    text = "user,item,time\n1,7,1700000000000000001\n1,8,1700000000000000002\n1,9,1700000000000000003.0\n"
    with pytest.raises(DataError, match="lose digits"):
        prepare_table(tmp_path, text)


def test_one_column_is_not_two(tmp_path):
    with pytest.raises(ConfigError, match="expected two columns"):
        prepare_table(tmp_path, TEXT, **{**NAMES, "item": NAMES["user"]})
