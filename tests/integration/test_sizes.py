"""What only the dataset can tell of a config: refused before training, and nothing of a run is left on disk."""

import json

import pytest

from recexp.cli import main
from tests.integration.overrides import popularity, small


def test_a_catalogue_of_one_item_is_nothing_to_rank(place, capsys):
    """Every model would be perfect."""
    (place / "small.csv").write_text("user,item\n" + "a,x\n" * 4 + "b,x\n" * 4)
    assert main(["train", *popularity(place), "ks=[1]"]) == 2
    assert "has 1 item, expected at least 2: there is nothing to rank" in capsys.readouterr().err
    assert not (place / "runs").exists()


@pytest.mark.parametrize("recommender", [[], ["recommender=popularity"]])
def test_positions_that_no_history_reaches_are_not_allocated(place, capsys, recommender):
    assert main(["train", *small(place), *recommender, "max_history_len=1000000000"]) == 2
    error = capsys.readouterr().err
    assert (
        "max_history_len: got 1000000000, expected at most 10000: the longest history of dataset 'csv' has 8" in error
    )
    assert not (place / "runs").exists()


def test_cut_offs_are_a_set(place):
    """Whichever way they are written, it is one run, and one row of the table."""
    assert main(["train", "-m", *popularity(place), "ks=[10,5,5],[5,10]"]) == 0
    (metrics,) = place.glob("runs/csv/popularity/seed*/metrics.json")
    keys = [key for key in json.loads(metrics.read_text()) if key.startswith("test/hr@")]
    assert keys == ["test/hr@5", "test/hr@10"]
