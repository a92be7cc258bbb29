"""A 4 x 3 x 2 grid on the embedded data, killed three times at random moments, ends as an undisturbed one (T23)."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from recexp.cli import main

GRID = [
    "attention=user,item,interaction,transformer", "embedding_dim=4,8,16", "seed=0,1", "trainer.max_epochs=2",
    "trainer.limit_train_batches=4", "trainer.accelerator=cpu", "max_history_len=10", "logger=none",
]  # fmt: skip
JOBS = 4 * 3 * 2


@pytest.mark.slow
def test_killed_three_times_the_grid_ends_as_an_undisturbed_one(tmp_path, monkeypatch):
    monkeypatch.setenv("RECEXP_CACHE", str(tmp_path / "cache"))
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    assert main(["train", "-m", *GRID, f"paths.runs={undisturbed}"]) == 0
    moments = random.Random(0)
    for finished in sorted(moments.sample(range(1, JOBS - 2), 3)):
        _kill(killed, finished, moments.uniform(0, 2))
    assert main(["train", "-m", *GRID, f"paths.runs={killed}"]) == 0
    assert len(_records(killed)) == JOBS
    assert _records(killed) == _records(undisturbed)


def _kill(runs, finished, seconds):
    """So long after so many jobs have finished."""
    command = [sys.executable, "-m", "recexp", "train", "-m", *GRID, f"paths.runs={runs}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while len(_records(runs)) < finished:
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(seconds)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    print(f"{len(_records(runs))} of {JOBS} finished when killed")


def _records(runs):
    found = (json.loads(file.read_text()) for file in runs.glob("*/*/*/record.json"))
    return {record["run"]: _quality(record["metrics"]) for record in found}


def _quality(metrics):
    return {key: value for key, value in metrics.items() if key.startswith(("val/", "test/", "model/"))}
