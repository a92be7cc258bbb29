"""Tables as people have them: dates as text, packed files, other encodings, missing and padded ids."""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recexp.data.prepare import prepare
from recexp.dataset.formats import text
from recexp.errors import DataError
from tests.unit.dataset.tables import prepare_table, table

NOON = 1617451200  # 2021-04-03 12:00:00 UTC


def times(prepared):
    return prepared.interactions.time.tolist()


def csv_of(values, header="user,item,time"):
    return header + "\n" + "".join(f"a,x{place},{value}\n" for place, value in enumerate(values))


def parquet_of(folder, columns, **settings):
    file = folder / "table.parquet"
    pq.write_table(pa.table(columns), file)
    return table(folder, "", path=str(file), **settings)


SPELLINGS = {
    "a blank": ["2021-04-03 12:00:00", "2021-04-03 12:00:01"],
    "a T": ["2021-04-03T12:00:00", "2021-04-03T12:00:01"],
    "UTC as Z": ["2021-04-03T12:00:00Z", "2021-04-03T12:00:01Z"],
    "UTC in words": ["2021-04-03 12:00:00 UTC", "2021-04-03 12:00:01 UTC"],
    "another zone": ["2021-04-03T14:00:00+02:00", "2021-04-03T14:00:01+02:00"],
    "a zone in hours": ["2021-04-03T09:30:00-0230", "2021-04-03T14:00:01+02"],
    "a mixture": ["2021-04-03T12:00:00", "2021-04-03T14:00:01+02:00"],
    "the other mixture": ["2021-04-03T14:00:00+02:00", "2021-04-03 12:00:01"],
}


@pytest.mark.parametrize("source", ["csv", "parquet"])
@pytest.mark.parametrize("values", SPELLINGS.values(), ids=SPELLINGS)
def test_dates_in_words_become_seconds(tmp_path, source, values):
    """Of UTC where they name no zone; whole where all are, so that both sources are the same data."""
    if source == "csv":
        prepared = prepare_table(tmp_path, csv_of(values))
    else:
        columns = {"user": ["a"] * 2, "item": ["x0", "x1"], "time": values}
        prepared = prepare(parquet_of(tmp_path, columns), cache=tmp_path / "cache")
    assert times(prepared) == [NOON, NOON + 1]
    assert prepared.interactions.time.dtype == np.int64


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1970-01-02", 86400),
        ("1970-01-02T01", 90000),
        ("1970-01-02 01:00", 90000),
        ("1969-12-31T23:59:59", -1),
        ("1970-01-01T00:00:00.25", 0.25),
        ("1970-01-01T00:00:00.000001Z", 1e-6),
    ],
)
def test_parts_of_a_date(tmp_path, value, seconds):
    assert times(prepare_table(tmp_path, csv_of([value]))) == [seconds]


@pytest.mark.parametrize("values", [*SPELLINGS.values(), ["2021-04-03", "2021-04-03T12:00:00.5"]])
def test_line_by_line_gives_the_same_dates(tmp_path, monkeypatch, values):
    in_threads = times(prepare_table(tmp_path, csv_of(values)))
    monkeypatch.setattr(text, "_read_in_threads", lambda *_: None)
    assert times(prepare(table(tmp_path, csv_of(values)), cache=tmp_path / "other")) == in_threads


def test_dates_are_read_without_a_loop_over_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "read_by_line", lambda *_: pytest.fail("read line by line"))
    for values in (*SPELLINGS.values(), ["2021-04-03"]):
        prepare(table(tmp_path, csv_of(values)), cache=tmp_path / "cache")


@pytest.mark.parametrize("source", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("values", "row", "problem"),
    [
        (
            ["03/04/2021"],
            0,
            r"got .03/04/2021., expected .*: 2021-04-03 or .*of 03/04/2021 nobody can tell which part is the day",
        ),
        (["3.4.21 10:00"], 0, "nobody can tell which part is the day"),
        (["2021-04-03", "03/04/2021"], 1, "got '03/04/2021', expected a date .* ISO 8601"),
        (["2021-04-03", "1617451200"], 1, "got '1617451200', expected a date"),
        (["1617451200", "2021-04-03"], 1, "got '2021-04-03', expected a finite number, as the file's first time is"),
        (["2021-02-30"], 0, "got '2021-02-30', expected a date"),
        (["9999-12-31"], 0, "got '9999-12-31', expected a date and time of the years 1680 to 2259"),
        (["2021-04-03 12:00 PM"], 0, "expected a date and time"),
        (["2021-04-03", "now"], 1, "got 'now', expected a date"),
        (["soon"], 0, "got 'soon', expected a finite number$|got 'soon', expected a finite number in"),
    ],
)
def test_times_that_are_none_are_named_with_their_row(tmp_path, source, values, row, problem):
    if source == "csv":
        dataset, place = table(tmp_path, csv_of(values)), f"line {row + 2}"
    else:
        columns = {"user": ["a"] * len(values), "item": ["x"] * len(values), "time": values}
        dataset, place = parquet_of(tmp_path, columns), f"row {row + 1}"
    with pytest.raises(DataError, match=rf"{place}: time: .*{problem}"):
        prepare(dataset, cache=tmp_path / "cache")


def test_dates_that_seconds_cannot_tell_apart(tmp_path):
    values = [f"2021-04-03T12:00:00.{place:09}" for place in range(3)]
    with pytest.raises(DataError, match="closer than seconds can tell"):
        prepare_table(tmp_path, csv_of(values))


# --- packed, and in another encoding


def packed(folder, content, name="table.csv.gz", **settings):
    (folder / name).write_bytes(content)
    return table(folder, "", path=str(folder / name), **settings)


@pytest.mark.parametrize("rows", ["a,x,1\na,y,2\n", '"a","x, y",1\n"a","b\nc",2\n', "a,x,2021-04-03\n"])
def test_a_packed_table_is_the_same_data(tmp_path, rows):
    content = f"user,item,time\n{rows}"
    plain = prepare_table(tmp_path, content)
    packed_table = packed(tmp_path, gzip.compress(content.encode(), mtime=0))
    assert prepare(packed_table, cache=tmp_path / "other").card == plain.card


CUT_SHORT = gzip.compress(b"user,item,time\na,x,1\n" * 999, mtime=0)[:-12]


@pytest.mark.parametrize("content", [CUT_SHORT, b"user,item,time\n"], ids=["cut short", "not packed"])
def test_a_damaged_packed_table_is_named(tmp_path, content):
    with pytest.raises(DataError, match=r"table\.csv\.gz: damaged or cut short"):
        prepare(packed(tmp_path, content), cache=tmp_path / "cache")


@pytest.mark.parametrize("where", [text.BLOCK - 2, text.BLOCK - 1, text.BLOCK, text.BLOCK + 1])
def test_a_hexadecimal_number_is_seen_at_the_edge_of_a_block(tmp_path, where):
    """pyarrow takes 0x1F for 31."""
    file = tmp_path / "table.csv"
    head = b"user,item,time\n"
    row = b"a,x,1\n"
    filled = head + row * ((where - len(head)) // len(row) - 1)
    filled += b"b" * (where - len(filled) - len(b",x,")) + b",x,0x1F\n"
    assert filled[where : where + 2] == b"0x"
    file.write_bytes(filled)
    assert text._has_hexadecimal(file)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("user,item,time\na,x,1\n".encode("utf-16"), "it is UTF-16 text, expected UTF-8: iconv"),
        ("user,item,time\na,x,1\n".encode("utf-16-be"), "it is UTF-16 text"),
        ("user,item,time\na,x,1\n".encode("utf-16-le"), "it is UTF-16 text"),
        (gzip.compress(b"user,item,time\n", mtime=0), r"it is packed by gzip: give it a name that ends in \.gz"),
        (b"PK\x03\x04rest", "it is a zip archive or a workbook"),
        (b"PAR1rest", "it is Parquet"),
    ],
)
def test_what_is_no_utf8_text_is_named(tmp_path, content, problem):
    with pytest.raises(DataError, match=problem):
        prepare(packed(tmp_path, content, "own.csv"), cache=tmp_path / "cache")


# --- ids


GAPS = "user,item,time\na,x,1\n,y,2\na,,3\na,z,\na,z,1617451200000000001\n"


def test_rows_without_something_are_left_out_and_counted(tmp_path):
    prepared = prepare_table(tmp_path, GAPS, drop_missing=True)
    assert prepared.card.interactions == 2
    assert prepared.card.left_out == 3
    assert ("left out", "3 rows without user, item or time") in prepared.card.rows()
    assert "left out: 3 rows" in str(prepared.card)
    assert times(prepared) == [1, 1617451200000000001]  # not rounded beside missing ones
    assert prepared.interactions.item_ids.tolist() == ["", "x", "z"]


def test_line_by_line_leaves_out_the_same(tmp_path, monkeypatch):
    in_threads = prepare_table(tmp_path, GAPS, drop_missing=True)
    monkeypatch.setattr(text, "_read_in_threads", lambda *_: None)
    assert prepare(table(tmp_path, GAPS, drop_missing=True), cache=tmp_path / "other").card == in_threads.card


@pytest.mark.parametrize("time", ["2021-04-03", "1617451200"])
def test_times_may_be_missing_beside_dates(tmp_path, time):
    prepared = prepare_table(tmp_path, csv_of(["", time]), drop_missing=True)
    assert prepared.card.left_out == 1
    assert prepared.interactions.time.dtype == np.int64


def test_parquet_leaves_out_the_same(tmp_path):
    columns = {
        "user": pa.array(["a", None, "a", "a", "a"]),
        "item": pa.array(["x", "y", None, "z", "z"]),
        "time": pa.array([1, 2, 3, None, 1617451200000000001]),
    }
    prepared = prepare(parquet_of(tmp_path, columns, drop_missing=True), cache=tmp_path / "other")
    assert prepared.card == prepare_table(tmp_path, GAPS, drop_missing=True).card


def test_large_numbers_keep_their_digits_beside_missing_ones(tmp_path):
    big = 2**60 + 1
    columns = {"user": pa.array([big, big + 1, None]), "item": pa.array([1, 1, 1]), "time": pa.array([1, 2, 3])}
    prepared = prepare(parquet_of(tmp_path, columns, drop_missing=True), cache=tmp_path / "cache")
    assert prepared.interactions.user_ids.tolist() == [big, big + 1]


@pytest.mark.parametrize("row", [",y,2", "a,,2", "a,y,"])
def test_an_error_tells_what_leaves_it_out(tmp_path, row):
    with pytest.raises(DataError, match=r"line 3: .*got nothing.*; dataset\.drop_missing=true leaves such rows out"):
        prepare_table(tmp_path, f"user,item,time\na,x,1\n{row}\n")


def test_nothing_but_gaps_is_an_error(tmp_path):
    with pytest.raises(DataError, match="drop_missing=true leaves nothing of 1 rows"):
        prepare_table(tmp_path, "user,item,time\n,x,1\n", drop_missing=True)


def test_a_missing_rating_is_never_left_out(tmp_path):
    with pytest.raises(DataError, match="rating: got nothing"):
        prepare_table(tmp_path, "user,item,time,rating\na,x,1,\n", rating="rating", drop_missing=True)


@pytest.mark.parametrize("word", ["nan", "NaN", "null", "None", "\\N"])
def test_a_word_for_nothing_among_numbers_is_no_user(tmp_path, word):
    content = f"user,item,time\n1.0,x,1\n{word},x,2\n2.0,x,3\n{word},y,4\n"
    with pytest.raises(DataError, match=r"user: got .* where all other ids are numbers, so that it stands for none"):
        prepare_table(tmp_path, content)
    prepared = prepare_table(tmp_path, content, drop_missing=True)
    assert prepared.interactions.user_ids.tolist() == ["1.0", "2.0"]
    assert prepared.card.left_out == 2


def test_among_words_it_is_a_name(tmp_path):
    assert prepare_table(tmp_path, "user,item,time\nnan,x,1\nbob,x,2\n", drop_missing=True).card.users == 2


def test_a_nan_of_parquet_is_no_user(tmp_path):
    columns = {"user": pa.array([1.0, float("nan"), 2.0]), "item": pa.array([1, 1, 1]), "time": pa.array([1, 2, 3])}
    with pytest.raises(DataError, match="row 2: user: got nothing"):
        prepare(parquet_of(tmp_path, columns), cache=tmp_path / "cache")
    assert prepare(parquet_of(tmp_path, columns, drop_missing=True), cache=tmp_path / "cache").card.users == 2


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0"])
@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_blanks_around_an_id_are_named(tmp_path, source, blank):
    """bob and 'bob ' would be two users."""
    users = ["bob", f"bob{blank}"]
    if source == "csv":
        dataset = table(tmp_path, "user,item,time\n" + "".join(f"{user},x,1\n" for user in users))
    else:
        dataset = parquet_of(tmp_path, {"user": users, "item": ["x", "x"], "time": [1, 2]})
    with pytest.raises(DataError, match="expected no blanks around an id: it would be another user than 'bob'"):
        prepare(dataset, cache=tmp_path / "cache")


# --- columns of Parquet that are no ids


@pytest.mark.parametrize(
    ("column", "values", "problem"),
    [
        ("user", pa.array([[1], [2]]), r"dataset\.user=user: .* has list<.*int64> in that column, expected whole"),
        ("item", pa.array([{"id": 1}, {"id": 2}]), r"dataset\.item=item: .* has struct<id: int64>"),
        ("user", pa.array([True, False]), "has bool in that column"),
        ("user", pa.array([None, None]), "has null in that column"),
        ("user", pa.array([b"\xff", b"a"]), "has binary in that column, which is no text"),
        ("time", pa.array([[1], [2]]), "expected numbers, dates, durations or text"),
        ("time", pa.array([1, 2], pa.time32("s")), r"has time32\[ms\] in that column"),
        ("rating", pa.array([[1], [2]]), "expected numbers"),
    ],
)
def test_a_column_of_another_kind_is_named(tmp_path, column, values, problem):
    columns = {"user": pa.array([1, 2]), "item": pa.array([1, 2]), "time": pa.array([1, 2]), "rating": pa.array([1, 2])}
    dataset = parquet_of(tmp_path, {**columns, column: values}, rating="rating")
    with pytest.raises(DataError, match=problem):
        prepare(dataset, cache=tmp_path / "cache")


def decimals(*values):
    return pa.array(values).cast(pa.decimal128(20, 0))


@pytest.mark.parametrize(
    "ids",
    [
        pa.array(["7", "8"], pa.large_string()),
        pa.array([b"7", b"8"]),
        pa.array(["7", "8"]).dictionary_encode(),
        pa.array([7, 8], pa.int16()).dictionary_encode(),
        pa.array([7.0, 8.0]),
        decimals(7, 8),
    ],
    ids=lambda ids: str(ids.type)[:20],
)
def test_ids_of_many_types_are_the_same(tmp_path, ids):
    columns = {"user": pa.array(["a", "a"]), "item": ids, "time": pa.array([1, 2])}
    prepared = prepare(parquet_of(tmp_path, columns), cache=tmp_path / "cache")
    assert [float(item) for item in prepared.interactions.item_ids[1:]] == [7, 8]


def test_numbers_as_text_in_parquet(tmp_path):
    frame = pd.DataFrame({"user": ["a", "a"], "item": ["x", "y"], "time": ["2", "1"], "rating": ["3.5", "1"]})
    dataset = parquet_of(tmp_path, dict(frame.items()), rating="rating", min_rating=2)
    assert times(prepare(dataset, cache=tmp_path / "cache")) == [2]


def test_an_empty_parquet_table_is_named(tmp_path):
    columns = {"user": pa.array([], pa.int64()), "item": pa.array([], pa.int64()), "time": pa.array([], pa.int64())}
    with pytest.raises(DataError, match=r"table\.parquet has no rows"):
        prepare(parquet_of(tmp_path, columns), cache=tmp_path / "cache")
