"""`recexp data`, where it is more than its parts: the list, and counts after the filters of papers."""

import pytest

from recexp.commands.data import main
from recexp.errors import DataError


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "ml-100k").mkdir()
    lines = [f"{user}\t{item}\t5\t1\n" for user in range(6) for item in range(7)]
    (tmp_path / "ml-100k" / "u.data").write_text("".join(lines))
    return [f"paths.data={tmp_path}", f"paths.cache={tmp_path}/cache"]


def test_without_a_dataset_all_are_listed(places, capsys, tmp_path):
    assert main(places) == 0
    out = capsys.readouterr().out
    for part in ("ml-latest-small", "9,724", "amazon-2023-books", "k_core=5", "on demand", "by hand", "your own"):
        assert part in out
    assert not (tmp_path / "cache").exists()


def test_a_dataset_is_prepared_and_its_card_kept(places, capsys, tmp_path):
    assert main(["dataset=ml-100k", "dataset.expected=null", *places]) == 0
    assert "Dataset card: ml-100k" in capsys.readouterr().out
    assert len(list(tmp_path.glob("cache/cards/ml-100k-*.json"))) == 1


def test_other_counts_than_published_are_an_error(places, tmp_path):
    with pytest.raises(DataError, match=r"42 interactions where 100,000 are expected \(-99,958\)"):
        main(["dataset=ml-100k", *places])
    with pytest.raises(DataError, match=r"7 items where 1,349 are expected \(-1,342\) .* after k_core=5"):
        main(["dataset=ml-100k", "dataset.expected=null", "dataset.k_core=5", *places])
    assert not list(tmp_path.glob("cache/cards/*"))
