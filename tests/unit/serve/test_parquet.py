"""Any number of recommendations goes to a file, a row group at a time."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from recexp.serve.parquet import write_recommendations


def frame(first, rows, title="a"):
    numbers = range(first, first + rows)
    return pd.DataFrame({"user": numbers, "title": pd.Series([title] * rows, dtype="object")})


def test_row_groups_are_written_as_they_come(tmp_path, monkeypatch):
    file, written = tmp_path / "top.parquet", []
    write = pq.ParquetWriter.write_table

    def spy(self, table, *arguments):
        written.append(table.num_rows)
        write(self, table, *arguments)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", spy)

    def pieces():
        for number in range(11):
            assert len(written) == number  # none is waiting
            yield frame(4 * number, 4)

    assert write_recommendations(pieces(), file) == 44
    assert pq.ParquetFile(file).num_row_groups == 11
    assert pd.read_parquet(file)["user"].tolist() == list(range(44))


def test_first_titles_that_are_missing(tmp_path):
    write_recommendations(iter([frame(0, 1, None), frame(1, 1)]), tmp_path / "top.parquet")
    assert pq.read_table(tmp_path / "top.parquet")["title"].to_pylist() == [None, "a"]


def test_nothing_half_written_is_left(tmp_path):
    def frames():
        yield frame(0, 3)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        write_recommendations(frames(), tmp_path / "top.parquet")
    assert list(tmp_path.iterdir()) == []
