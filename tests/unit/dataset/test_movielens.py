import numpy as np
import pytest
import requests

from recexp.data.prepare import prepare
from recexp.dataset.movielens import (
    MovieLens1M,
    MovieLens10M,
    MovieLens100K,
    MovieLensCSV,
    MovieLensLatestSmall,
)
from recexp.errors import DataError

# one layout a class: its file, a good line, and how fields are joined
LAYOUTS = {
    "ml-latest-small": (MovieLensLatestSmall, "ratings.csv", "userId,movieId,rating,timestamp\n", ","),
    "ml-100k": (MovieLens100K, "u.data", "", "\t"),
    "ml-1m": (MovieLens1M, "ratings.dat", "", "::"),
    "ml-10m": (MovieLens10M, "ratings.dat", "", "::"),
    "ml-20m": (MovieLensCSV, "ratings.csv", "userId,movieId,rating,timestamp\n", ","),
}
ARCHIVE = {"url": "https://files.grouplens.org/datasets/movielens/ml-100k.zip", "sha256": "0" * 64}
ROWS = [["1", "1193", "5", "978300760"], ["1", "661", "3", "978302109"], ["2", "661", "4", "978302109"]]


def write(folder, name, rows, end="\n"):
    """A dataset of these rows in the layout `name`, and how many lines stand before them."""
    parser, file, header, separator = LAYOUTS[name]
    path = folder / file
    path.write_bytes((header + "".join(separator.join(row) + end for row in rows)).encode())
    if parser is MovieLensLatestSmall:
        return parser(name=name, path=str(path)), 1
    return parser(name=name, path=str(folder), **ARCHIVE), header.count("\n")


def test_the_embedded_data_is_the_published_one(small):
    assert (small.card.users, small.card.items, small.card.interactions) == (610, 9724, 100836)


def test_the_embedded_data_carries_its_readme():
    """Its licence allows redistribution under the same conditions."""
    dataset = MovieLensLatestSmall(name="ml-latest-small")
    assert "The user may redistribute the data set" in (dataset.locate().parent / "README.txt").read_text()


def test_ml_100k_keeps_the_order_of_the_file(shared_data):
    dataset = MovieLens100K(name="ml-100k", path=str(shared_data / "ml-100k"), **ARCHIVE)
    frame = dataset.read(dataset.locate())
    expected = [line.split() for line in (shared_data / "ml-100k" / "u.data").read_text().splitlines()]
    assert frame[["user", "item", "rating", "time"]].astype(str).to_numpy().tolist() == expected


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_every_layout_is_read(name, end, tmp_path):
    dataset, _ = write(tmp_path, name, ROWS, end)
    frame = dataset.read(dataset.locate())
    assert frame[["user", "item", "rating", "time"]].astype(str).to_numpy().tolist() == ROWS
    assert (frame.drop(columns="rating").dtypes == np.int64).all()


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.filterwarnings("error")
def test_the_c_engine_reads_every_layout(name, tmp_path):
    """pandas warns when a separator sends it to its Python engine, which takes ten times as long (ml-1m's '::')."""
    dataset, _ = write(tmp_path, name, ROWS)
    dataset.read(dataset.locate())


BAD = {
    "a column too many": (["1", "2", "3", "4", "5"], "5 columns, expected 4"),
    "a column too few": (["1", "2", "3"], "3 columns, expected 4"),
    "a word for a user": (["bob", "2", "3", "4"], "user: got 'bob', expected a whole number"),
    "a broken item id": (["1", "2.5", "3", "4"], "item: got '2.5', expected a whole number"),
    "no user": (["", "2", "3", "4"], "user: got nothing, expected a whole number"),
    "no time": (["1", "2", "3", ""], "time: got nothing, expected a finite number"),
    "a word for a time": (["1", "2", "3", "today"], "time: got 'today', expected a finite number"),
    "NaN time": (["1", "2", "3", "nan"], "time: got 'nan', expected a finite number"),
    "infinite rating": (["1", "2", "inf", "4"], "rating: got 'inf', expected a finite number"),
    "a time beyond 64 bits": (["1", "2", "3", "9" * 30], f"time: got '{'9' * 30}', expected a finite number"),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("place", [0, 2, 3], ids=["first", "middle", "last"])
@pytest.mark.parametrize(("bad", "problem"), BAD.values(), ids=BAD)
def test_a_bad_row_is_named_with_its_line(name, place, bad, problem, tmp_path):
    rows = [*ROWS[:place], bad, *ROWS[place:]]
    dataset, before = write(tmp_path, name, rows)
    with pytest.raises(DataError) as error:
        dataset.read(dataset.locate())
    message = str(error.value)
    assert message.startswith(f"{dataset.locate()}, line {before + place + 1}: ")
    assert problem in message
    assert "a line is: " in message


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_row_with_a_column_too_many_is_no_row(name, tmp_path):
    """pandas would take the first column for an index and shift the rest."""
    dataset, before = write(tmp_path, name, [["9", *row] for row in ROWS])
    with pytest.raises(DataError, match=f"line {before + 1}: 5 columns, expected 4"):
        dataset.read(dataset.locate())


@pytest.mark.parametrize("name", LAYOUTS)
def test_blank_lines_are_skipped_and_counted(name, tmp_path):
    dataset, before = write(tmp_path, name, ROWS)
    file = dataset.locate()
    lines = file.read_text().splitlines(keepends=True)
    lines.insert(before + 1, "\n")
    file.write_text("".join(lines) + "\n")
    assert len(dataset.read(file)) == len(ROWS)
    file.write_text("".join(lines) + "bad\n")
    with pytest.raises(DataError, match=f"line {before + 5}: 1 columns"):
        dataset.read(file)


@pytest.mark.parametrize("name", ["ml-latest-small", "ml-20m"])
@pytest.mark.parametrize("first", ["", "1,1193,5,978300760\n", "movieId,userId,rating,timestamp\n"])
def test_a_first_line_that_is_not_the_header_is_an_error(name, first, tmp_path):
    """It would be skipped: a row lost, or columns mistaken."""
    dataset, _ = write(tmp_path, name, ROWS)
    file = dataset.locate()
    file.write_text(first + "".join(file.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(DataError, match=r"line 1: got .*, expected the header 'userId,movieId,rating,timestamp'"):
        dataset.read(file)


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_empty_file_is_named(name, tmp_path):
    dataset, _ = write(tmp_path, name, [])
    with pytest.raises(DataError, match=r"ratings|u\.data.* has no rows"):
        dataset.read(dataset.locate())


def test_a_quote_is_no_syntax_in_u_data(tmp_path):
    """A quoting reader would swallow the lines up to the next quote."""
    dataset, _ = write(tmp_path, "ml-100k", [ROWS[0], ["1", '"2', "3", "4"], ROWS[1], ["1", '2"', "3", "4"]])
    with pytest.raises(DataError, match=r"line 2: item: got '\"2'"):
        dataset.read(dataset.locate())


def test_a_cut_file_fails_its_pinned_counts(shared_data, tmp_path):
    """T15."""
    lines = (shared_data / "ml-100k" / "u.data").read_text().splitlines(keepends=True)
    (tmp_path / "u.data").write_text("".join(lines[:-10]))
    counts = {"users": 943, "items": 1682, "interactions": 100_000}
    dataset = MovieLens100K(name="ml-100k", path=str(tmp_path), expected=counts, **ARCHIVE)
    with pytest.raises(DataError, match=r"99,990 interactions where 100,000 are expected \(-10\)"):
        prepare(dataset, cache=tmp_path / "cache")


@pytest.mark.parametrize("where", ["", "ml-100k"])
def test_the_files_may_lie_in_the_folder_or_in_the_archives(tmp_path, where, monkeypatch):
    monkeypatch.setattr(requests, "get", lambda *_, **__: pytest.fail("no network is needed"))
    folder = tmp_path / where
    folder.mkdir(exist_ok=True)
    write(folder, "ml-100k", ROWS)
    assert MovieLens100K(name="x", path=str(tmp_path), **ARCHIVE).locate() == folder / "u.data"


def test_without_network_the_message_says_what_to_do(tmp_path, monkeypatch):
    def unreachable(*_, **__):
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "get", unreachable)
    dataset = MovieLens100K(name="ml-100k", path=str(tmp_path / "ml-100k"), **ARCHIVE)
    with pytest.raises(DataError) as error:
        dataset.locate()
    for part in ("u.data", str(tmp_path / "ml-100k"), ARCHIVE["url"], "no route", "RECEXP_DATA"):
        assert part in str(error.value)


def test_an_archives_folder_without_the_file_is_not_taken_for_it(tmp_path):
    (tmp_path / "ml-100k").mkdir()
    with pytest.raises(DataError, match=r"ml-100k has no u\.data; remove that folder"):
        MovieLens100K(name="ml-100k", path=str(tmp_path), **ARCHIVE).locate()
