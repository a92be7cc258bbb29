"""scripts/compare.py: which runs belong to a configuration, and how two configurations are compared."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recexp.errors import RunError
from tests.records import finish

SCRIPT = Path(__file__).parents[2] / "scripts" / "compare.py"
spec = importlib.util.spec_from_file_location("compare", SCRIPT)
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)


@pytest.fixture
def folder(tmp_path):
    for seed in (1, 2):
        finish(tmp_path, "recommender=popularity", f"seed={seed}")
        finish(tmp_path, "recommender=popularity", f"seed={seed}", "max_history_len=7")
    return tmp_path / "ml-latest-small" / "popularity"


def test_several_configurations_need_a_choice(folder):
    with pytest.raises(SystemExit, match=r"4 runs.*max_history_len=50 or 7"):
        compare.runs_of(str(folder))
    assert len(compare.runs_of(f"{folder},max_history_len=7")) == 2


def test_what_is_not_there_is_named(folder):
    with pytest.raises(SystemExit, match=r"Did you mean 'max_history_len'"):
        compare.runs_of(f"{folder},max_history_length=7")
    with pytest.raises(SystemExit, match=r"has 0 runs"):
        compare.runs_of(f"{folder},max_history_len=8")
    with pytest.raises(SystemExit, match=r"has no finished runs"):
        compare.runs_of(str(folder / "nothing"))


def test_configurations_are_compared_user_by_user_in_both_directions(tmp_path, monkeypatch, capsys):
    """T10: 30 users of 40 gain one rank, which an unpaired test would miss. Swapping the arguments swaps the sign."""
    better = np.tile(np.arange(8), 5)
    worse = better + (np.arange(40) % 4 > 0)
    names = {"better": better, "worse": worse}
    for name, higher in names.items():
        ranks = pd.DataFrame({"user": np.arange(40), "target": 1, "higher": higher, "equal": 0})
        ranks = ranks.sample(frac=1, random_state=len(name))
        finish(tmp_path / name, "recommender=popularity", "seed=1", ranks=ranks)

    def compared(first, second):
        folders = [str(tmp_path / name / "ml-latest-small" / "popularity") for name in (first, second)]
        monkeypatch.setattr(sys, "argv", ["compare.py", *folders])
        compare.main()
        line = capsys.readouterr().out.splitlines()[1]
        return float(re.search(r"difference (\S+),", line)[1]), float(re.search(r"p = (\S+)", line)[1])

    (gain, p), (loss, p_swapped) = compared("better", "worse"), compared("worse", "better")
    assert gain == -loss > 0
    assert p == p_swapped < 1e-3


def test_ranks_that_are_not_the_runs_own_are_refused(folder):
    runs = compare.runs_of(f"{folder},max_history_len=7")
    assert len(compare.ranks_of(runs)) == 2
    pd.DataFrame({"user": [1], "higher": [3]}).to_parquet(runs[0].ranks)
    with pytest.raises(RunError, match=r"ranks\.parquet is not what the run wrote"):
        compare.ranks_of(runs)


def test_values_are_chosen_as_they_are_typed(tmp_path):
    """true and null, not True and None."""
    _, record = finish(tmp_path, "recommender=popularity")
    flat = compare.flattened(record)
    assert flat["protocol.filter_seen"] == "true"
    assert "None" not in flat.values()
