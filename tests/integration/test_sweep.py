"""Sweeps: a plan, jobs that fail or die, the same command again."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from recexp.cli import main
from recexp.runs.leaderboard import find_records
from tests.integration.overrides import popularity, small

GRID = ("attention=mean,user", "seed=1,2")


def test_the_plan_counts_what_is_finished_and_estimates_the_rest(place, capsys):
    assert main(["train", "-m", *popularity(place), "seed=1,2"]) == 0
    first = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in first[3].split("│")[1:-1]] == ["csv", "popularity", "2", "0", "0", "2", "-"]
    assert main(["train", "-m", *popularity(place), "seed=range(4)"]) == 0
    second = capsys.readouterr().out
    cells = [cell.strip() for cell in second.splitlines()[3].split("│")[1:-1]]
    assert cells[:6] == ["csv", "popularity", "4", "2", "0", "2"]
    assert cells[6].endswith(" s")
    assert second.count("already finished") == 2
    assert len(find_records(place / "runs")) == 4


def test_what_failed_is_tried_again_only_when_asked(place, capsys, monkeypatch):
    overrides = [*popularity(place), "seed=1,2"]
    with monkeypatch.context() as broken:
        broken.setattr("recexp.experiment.train_and_test", _fail)
        assert main(["train", "-m", *overrides]) == 1
    captured = capsys.readouterr()
    assert "job 1: seed=1  failed: MemoryError: too much" in captured.out
    assert "2 of 2 jobs failed" in captured.err
    traceback = json.loads(next(place.glob("runs/*/*/*/failure.json")).read_text())["traceback"]
    assert "in _fail" in traceback
    assert main(["train", "-m", *overrides]) == 1
    assert "job 2: seed=2  failed before: MemoryError: too much  (retry=true" in capsys.readouterr().out
    assert main(["train", "-m", *overrides, "retry=true"]) == 0
    assert len(find_records(place / "runs")) == 2


def _fail(*arguments):
    raise MemoryError("too much")


def test_a_key_that_nobody_knows_stops_the_sweep_before_its_first_job(place, capsys):
    assert main(["train", "-m", *popularity(place), "seed=1,2", "emedding_dim=4"]) == 2
    assert "Did you mean 'embedding_dim'" in capsys.readouterr().err
    assert not (place / "runs").exists()


def test_a_sweep_finds_an_experiment_in_a_folder_of_the_user(place, capsys):
    (place / "mine" / "experiment").mkdir(parents=True)
    (place / "mine" / "experiment" / "short.yaml").write_text("# @package _global_\nmax_history_len: 3\n")
    command = ["train", "-m", "--config-dir", str(place / "mine"), "experiment=short", *popularity(place), "seed=1,2"]
    assert main([word for word in command if not word.startswith("max_history_len")]) == 0
    configs = find_records(place / "runs")["config"]
    assert [config["max_history_len"] for config in configs] == [3, 3]


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_the_same_records_by_any_launcher(launcher, place, capsys):
    pytest.importorskip(f"hydra_plugins.hydra_{launcher.partition('_')[0]}_launcher")
    extra = ["hydra.launcher.n_jobs=2"] if launcher == "joblib" else ["hydra.launcher.timeout_min=5"]
    overrides = [*small(place), "attention=mean", "seed=1,-1"]
    assert main(["train", "-m", *overrides, f"hydra/launcher={launcher}", *extra]) == 1
    there = capsys.readouterr()
    assert "job 1: seed=1  test/ndcg@10" in there.out
    assert "job 2: seed=-1  failed: seed: got -1" in there.out
    assert main(["train", "-m", *overrides, f"paths.runs={place}/again"]) == 1
    assert _records(place / "runs") == _records(place / "again")
    assert list((place / "here").iterdir()) == []


@pytest.mark.slow
def test_joblib_divides_the_threads(monkeypatch):
    """Two jobs of a machine of four threads have two each."""
    joblib = pytest.importorskip("joblib")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "4")
    threads = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(_threads)() for _ in range(2))
    assert set(threads) <= {1, 2}


def _threads():
    import torch

    return torch.get_num_threads()


@pytest.mark.slow
def test_killed_at_any_moment_a_sweep_ends_as_an_undisturbed_one(place, capsys):
    """The interrupted job goes on where it stopped, the finished ones are not touched (T23)."""
    overrides = [*small(place), "trainer.max_epochs=3", *GRID]
    assert main(["train", "-m", *overrides, f"paths.runs={place}/undisturbed"]) == 0
    command = [sys.executable, "-m", "recexp", "train", "-m", *overrides]
    for finished in (1, 2):
        _kill_after(place, command, finished)
    assert main(["train", "-m", *overrides]) == 0
    assert capsys.readouterr().out.count("already finished") >= 2
    assert _records(place / "runs") == _records(place / "undisturbed")


def _kill_after(place, command, finished):
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ) as process:
        deadline = time.monotonic() + 200
        while len(list(place.glob("runs/*/*/*/record.json"))) < finished and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.1)
        process.send_signal(signal.SIGKILL)


def _records(runs):
    files = runs.glob("*/*/*/record.json")
    found = (json.loads(file.read_text()) for file in files)
    return {record["run"]: _quality(record["metrics"]) for record in found}


def _quality(metrics):
    return {key: value for key, value in metrics.items() if key.startswith(("val/", "test/", "model/"))}
