"""One run on two processes is the run of one: same loss, same ranks, nothing beside its folder (T8, T25)."""

import json

import pandas as pd
import pytest
import torch

from recexp.cli import main
from recexp.experiment import run
from recexp.runs.folder import RunFolder
from tests.integration.overrides import small
from tests.integration.planted import config

DDP = ("trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu")
# Doubles, for the order of a sum shows in floats; a last batch that is smaller.
EXACT = ("dropout=0", "trainer.max_epochs=3", "batch_size=7", "trainer.precision=64-true")


def test_two_processes_train_and_rank_as_one(planted, tmp_path):
    alone = run(config(planted, tmp_path, *EXACT))
    shared = run(config(planted, tmp_path, *EXACT, *DDP))
    one, two = (RunFolder(tmp_path / "runs" / record.run) for record in (alone, shared))
    assert {key: value for key, value in shared.metrics.items() if key.startswith(("val/", "test/"))} == {
        key: value for key, value in alone.metrics.items() if key.startswith(("val/", "test/"))
    }
    pd.testing.assert_frame_equal(pd.read_parquet(two.ranks), pd.read_parquet(one.ranks))
    loss = [pd.read_csv(folder.history)["train/loss"].to_numpy() for folder in (one, two)]
    assert loss[1] == pytest.approx(loss[0], rel=1e-6)  # a logged mean is kept in floats
    weights = [torch.load(folder.best, weights_only=True)["state_dict"] for folder in (one, two)]
    for name, tensor in weights[0].items():
        torch.testing.assert_close(weights[1][name], tensor, rtol=1e-9, atol=1e-12)
    assert sorted(file.name for file in two.path.iterdir()) == sorted(file.name for file in one.path.iterdir())


@pytest.mark.slow
def test_a_sweep_of_shared_runs_leaves_nothing_beside_them(place, capsys):
    overrides = [*small(place), "attention=mean", *DDP, "seed=1,2"]
    assert main(["train", "-m", *overrides]) == 0
    assert len(list(place.glob("runs/*/*/*/record.json"))) == 2
    assert list((place / "here").iterdir()) == []
    assert main(["train", "-m", *overrides]) == 0
    assert capsys.readouterr().out.count("already finished") == 2
    run = next(place.glob("runs/*/*/*/record.json")).parent
    assert main(["evaluate", f"run={run}"]) == 0
    (evaluated,) = run.glob("evaluations/*.json")
    metrics = json.loads((run / "metrics.json").read_text())
    assert json.loads(evaluated.read_text())["metrics"].items() <= metrics.items()


def test_a_rank_that_fails_says_why(place, capsys, monkeypatch, tmp_path):
    (tmp_path / "broken_logits.py").write_text(
        "import os\n"
        "from recexp.attention.mean import MeanAttention\n"
        "class Broken(MeanAttention):\n"
        "    def encode(self, *args, **options):\n"
        "        if os.environ.get('LOCAL_RANK') == '1':\n"
        "            raise MemoryError('no more of it')\n"
        "        return super().encode(*args, **options)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    overrides = [*small(place), "attention=mean", "attention._target_=broken_logits.Broken", *DDP]
    assert main(["train", *overrides]) == 2
    assert "rank 1 of the run ended: MemoryError: no more of it" in capsys.readouterr().err
    (failure,) = place.glob("runs/*/*/*/failure.json")
    assert "rank 1" in json.loads(failure.read_text())["error"]
