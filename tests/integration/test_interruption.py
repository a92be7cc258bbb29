"""Runs that stop: kill and resume, Ctrl-C, a loss that is not finite, a full disk, a checkpoint that is not theirs."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from recexp import files
from recexp.errors import RunError
from recexp.experiment import run
from recexp.loss.cross_entropy import CrossEntropyLoss
from recexp.runs.folder import RunFolder
from recexp.training.checkpoint import read_checkpoint
from tests.integration.planted import SHORT, TIMINGS, config, results

LOG = "output.txt"
SCRIPT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where pytest runs in the background
from recexp.training.module import RecommenderModule
step = RecommenderModule.training_step
def slow(self, batch, batch_idx):
    time.sleep(0.05)
    return step(self, batch, batch_idx)
RecommenderModule.training_step = slow
from recexp.cli import main
sys.exit(main(sys.argv[1:]))
"""


def start(planted, folder, script=SCRIPT):
    arguments = [
        "train", "dataset=csv", f"dataset.path={planted}", f"paths.runs={folder}/runs", f"paths.cache={folder}/cache",
        "logger=none", "max_history_len=8", "embedding_dim=16", "batch_size=16", "ks=[1,5,10]", "trainer.max_epochs=6",
        "scheduler=cosine", "scheduler.warmup_steps=3", "trainer.accelerator=cpu",
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("w") as log:  # a pipe that nobody reads would stop the process when it is full
        return subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=log, stderr=subprocess.STDOUT)


def wait_for_end(folder, process):
    process.wait(timeout=300)
    return (folder / LOG).read_text()


def wait_for_epochs(folder, epochs, process):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        for history in folder.glob("runs/*/*/*/history.csv"):
            if len(pd.read_csv(history)) >= epochs and (history.parent / "checkpoints" / "last.ckpt").exists():
                return
        time.sleep(0.02)
    raise AssertionError((folder / LOG).read_text())


def metrics_of(folder):
    (file,) = folder.glob("runs/*/*/*/metrics.json")
    return {key: value for key, value in json.loads(file.read_text()).items() if key not in TIMINGS}


def curve_of(folder):
    (file,) = folder.glob("runs/*/*/*/history.csv")
    return pd.read_csv(file).drop(columns=["train/seconds", "train/positions_per_s"])


def test_kill_and_resume_is_as_if_nothing_had_happened(planted, tmp_path):
    """T23, T24: kill -9 in the middle of an epoch; weights, schedule, early stopping and curve go on."""
    whole = start(planted, tmp_path / "whole")
    output = wait_for_end(tmp_path / "whole", whole)
    assert whole.returncode == 0, output
    broken = start(planted, tmp_path / "broken")
    wait_for_epochs(tmp_path / "broken", 2, broken)
    broken.send_signal(signal.SIGKILL)
    broken.wait()
    assert not list((tmp_path / "broken").glob("runs/*/*/*/record.json"))
    resumed = start(planted, tmp_path / "broken")
    output = wait_for_end(tmp_path / "broken", resumed)
    assert resumed.returncode == 0, output
    assert "resuming from" in output
    assert metrics_of(tmp_path / "broken") == metrics_of(tmp_path / "whole")
    pd.testing.assert_frame_equal(curve_of(tmp_path / "broken"), curve_of(tmp_path / "whole"))


def test_ctrl_c_leaves_a_resumable_run_and_says_so(planted, tmp_path):
    process = start(planted, tmp_path)
    wait_for_epochs(tmp_path, 1, process)
    os.kill(process.pid, signal.SIGINT)
    output = wait_for_end(tmp_path, process)
    assert process.returncode == 130, output
    assert "Repeat the command" in output
    assert list(tmp_path.glob("runs/*/*/*/checkpoints/last.ckpt"))
    assert "Traceback" not in output


def test_a_loss_that_is_not_finite_names_the_step(planted, tmp_path):
    cfg = config(planted, tmp_path, "optimizer.lr=1e30", "trainer.max_epochs=20")
    with pytest.raises(RunError, match=r"(the loss is (nan|inf) at step \d+|NaN or infinite)"):
        run(cfg)
    assert not list(tmp_path.glob("runs/*/*/*/record.json"))


def test_a_loss_that_is_not_finite_keeps_the_last_good_epoch(planted, tmp_path, monkeypatch):
    forward, steps = CrossEntropyLoss.forward, []

    def diverge(self, *arguments):
        steps.append(forward(self, *arguments))
        return steps[-1] * (float("nan") if len(steps) > 10 else 1)

    monkeypatch.setattr(CrossEntropyLoss, "forward", diverge)
    with pytest.raises(RunError, match=r"the loss is nan at step 10 \(epoch 1\)"):
        run(config(planted, tmp_path, "trainer.max_epochs=20"))
    (file,) = tmp_path.glob("runs/*/*/*/checkpoints/last.ckpt")
    last = read_checkpoint(file)
    assert last["epoch"] == 0
    assert all(weight.isfinite().all() for weight in last["state_dict"].values())


def test_a_full_disk_stops_the_run_and_the_same_command_goes_on(planted, tmp_path, monkeypatch):
    """The checkpoint of the second epoch cannot be written; that of the first is whole."""
    write = files.write_atomically

    def refuse_second(file, fill):
        if file.name == "last.ckpt" and file.exists():
            raise RunError(f"cannot write {file}")
        write(file, fill)

    cfg = config(planted, tmp_path / "full", "trainer.max_epochs=3")
    with monkeypatch.context() as full:
        full.setattr("recexp.training.checkpoint.write_atomically", refuse_second)
        with pytest.raises(RunError, match=r"cannot write .*last\.ckpt"):
            run(cfg)
    expected = run(config(planted, tmp_path / "whole", "trainer.max_epochs=3"))
    assert results(run(cfg)) == results(expected)


def test_a_checkpoint_of_another_configuration_is_refused(planted, tmp_path):
    record = run(config(planted, tmp_path, *SHORT))
    other = config(planted, tmp_path, *SHORT, "seed=7")
    theirs = RunFolder(tmp_path / "runs" / record.run)
    mine = RunFolder.of(other, record.data_sha256)
    mine.checkpoints.mkdir(parents=True)
    mine.last.write_bytes(theirs.last.read_bytes())
    with pytest.raises(RunError, match="another configuration"):
        run(other)
