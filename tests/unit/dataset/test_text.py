import numpy as np
import pandas as pd
import pytest

from recexp.dataset.formats import text
from recexp.dataset.formats.text import WHITESPACE, read_text
from recexp.errors import DataError

COLUMNS = {"user": 0, "item": 1, "rating": 2, "time": 3}


def read(folder, content, columns=COLUMNS, separator=",", **settings):
    file = folder / "data.txt"
    file.write_bytes(content.encode())
    width = settings.pop("width", max(columns.values()) + 1)
    return read_text(file, columns=columns, width=width, separator=separator, layout="a good line", **settings)


@pytest.fixture
def only_threads(monkeypatch):
    monkeypatch.setattr(text, "read_by_line", lambda *_: pytest.fail("read line by line"))


@pytest.fixture
def only_lines(monkeypatch):
    monkeypatch.setattr(text, "_read_in_threads", lambda *_: None)


ORDINARY = {
    "MovieLens CSV": ("u,i,r,t\n1,2,3.5,4\n5,6,7,8\n", {"skip_lines": 1, "whole_ids": True}),
    "times of a fraction too": ("1,2,3.5,4.25\n5,6,7,8\n", {"whole_ids": True}),
    "only whole numbers": ("1,2,3,4\n\n5,6,7,8", {"whole_ids": True}),
    "tabs": ("1\t2\t3\t4\n5\t6\t7\t8\n", {"separator": "\t", "whole_ids": True}),
    "two colons": ("1::2::3::4\r\n5::6::7::8\r\n", {"separator": "::", "whole_ids": True}),
    "words": ("007,NA,3,4\nnull,ü,7,8\n", {}),
    "quotes": ('"a,b","say ""hi""",3,4\n"two words",c,7,8\n', {"quoted": True}),
    "a byte order mark": ("\ufeffa,b,3,4\n", {}),
    "blanks": ("1 2\n3 4\n", {"separator": WHITESPACE, "columns": {"user": 0, "item": 1}}),
    "a tab for a blank": ("1\t2\n3\t4\n", {"separator": WHITESPACE, "columns": {"user": 0, "item": 1}}),
    "columns in another order": ("1,2,3,4\n", {"columns": {"time": 0, "item": 3, "user": 2}, "width": 4}),
    "no user": ("1,2\n3,4.5\n", {"columns": {"item": 0, "latitude": 1}, "whole_ids": True}),
}


@pytest.mark.parametrize(("content", "settings"), ORDINARY.values(), ids=ORDINARY)
def test_the_usual_layouts_are_read_in_threads(content, settings, tmp_path, only_threads):
    read(tmp_path, content, **settings)


@pytest.mark.parametrize(("content", "settings"), ORDINARY.values(), ids=ORDINARY)
def test_line_by_line_gives_the_same(content, settings, tmp_path, monkeypatch):
    in_threads = read(tmp_path, content, **settings)
    monkeypatch.setattr(text, "_read_in_threads", lambda *_: None)
    by_line = read(tmp_path, content, **settings)
    ids = [name for name in ("user", "item") if name in in_threads and in_threads[name].dtype == "category"]
    as_text = dict.fromkeys(ids, str)  # the categories come in another order
    pd.testing.assert_frame_equal(in_threads.astype(as_text), by_line.astype(as_text))


def test_types(tmp_path, only_threads):
    frame = read(tmp_path, "a,b,3.5,1780000000000000001\n")
    assert frame["user"].tolist() == ["a"]
    assert frame["user"].dtype == "category"
    assert frame["rating"].dtype == np.float64
    assert frame["time"].tolist() == [1780000000000000001]
    assert read(tmp_path, "1,2,3,4\n", whole_ids=True).dtypes.tolist() == [np.int64] * 4


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("1  2\t3\n 4 5 6 \n", [["1", "2", 3], ["4", "5", 6]]),
        ("1 2 3 \n\t\n4 5 6 \n", [["1", "2", 3], ["4", "5", 6]]),
        ("1 2 3\n4 5 +6\n", [["1", "2", 3], ["4", "5", 6]]),
    ],
    ids=["several blanks", "blanks at the end", "a plus sign"],
)
def test_unusual_layouts_are_read_line_by_line(content, expected, tmp_path):
    columns = {"user": 0, "item": 1, "time": 2}
    assert read(tmp_path, content, columns, WHITESPACE).to_numpy().tolist() == expected


def test_blanks_before_text_are_no_part_of_it(tmp_path):
    columns = {"user": 0, "item": 1, "time": 2}
    frame = read(tmp_path, 'a, b, 1\n a,"b",2\na, "b,c",3\n', columns, quoted=True)
    assert frame.to_numpy().tolist() == [["a", "b", 1], ["a", "b", 2], ["a", "b,c", 3]]


def test_a_column_may_have_two_roles(tmp_path):
    frame = read(tmp_path, "1,2\n", {"user": 0, "item": 0, "time": 0}, width=2)
    assert frame.to_numpy().tolist() == [["1", "1", 1]]


@pytest.mark.parametrize("bad_row", [0, 1, 4, 5, 9])
@pytest.mark.parametrize("bad", ["a,b,x", "a,b", ",b,1"])
def test_the_first_bad_line_is_named_also_across_pieces(bad_row, bad, tmp_path, monkeypatch):
    monkeypatch.setattr("recexp.dataset.formats.lines.LINES_AT_A_TIME", 5)
    rows = ["a,b,1"] * 10
    rows[bad_row] = bad
    with pytest.raises(DataError, match=rf"data\.txt, line {bad_row + 1}: .* in '{bad}'; a line is: a good line"):
        read(tmp_path, "\n".join([*rows, "a,b,c,d"]), {"user": 0, "item": 1, "time": 2})


def test_pieces_make_one_frame(tmp_path, only_lines, monkeypatch):
    monkeypatch.setattr("recexp.dataset.formats.lines.LINES_AT_A_TIME", 2)
    frame = read(tmp_path, "a,b,1\nb,c,2\nc,d,2.5\n", {"user": 0, "item": 1, "time": 2})
    assert frame.index.tolist() == [0, 1, 2]
    assert frame["user"].tolist() == ["a", "b", "c"]
    assert frame["time"].tolist() == [1.0, 2.0, 2.5]


def test_an_open_quote_is_named(tmp_path):
    with pytest.raises(DataError, match="line 3: unexpected end of data"):
        read(tmp_path, 'a,b,1\n"a,b,2\nc,d,3\n', {"user": 0, "item": 1, "time": 2}, quoted=True)
