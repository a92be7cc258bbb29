"""Whole runs: two batches of every choice, overfitting, kill and resume, interruption, skipping, planted structure."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import torch
from hydra import compose, initialize_config_dir

from recexp.errors import ConfigError, RunError
from recexp.experiment import run
from recexp.results import RunFolder
from tests.models import CONF, choices

TIMINGS = ("train/seconds", "train/positions_per_s", "train/peak_memory_mb")


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """60 users who walk a circle of 20 items: item 20 is followed by item 1, so the last item tells the next."""
    file = tmp_path_factory.mktemp("planted") / "circle.csv"
    generator = np.random.default_rng(0)
    start = generator.integers(0, 20, 60)
    frame = pd.DataFrame(
        {"user": np.repeat(np.arange(60), 12), "item": ((start[:, None] + np.arange(12)) % 20 + 1).ravel()}
    )
    frame.to_csv(file, index=False)
    return file


def config(planted, folder, *overrides):
    fixed = [
        "dataset=csv", f"dataset.path={planted}", f"paths.runs={folder}/runs", f"paths.cache={folder}/cache",
        "logger=none", "max_history_len=8", "embedding_dim=16", "batch_size=16", "ks=[1,5,10]",
        "trainer.accelerator=cpu",
    ]  # fmt: skip
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("train", [*fixed, *overrides])


def results(record):
    return {key: value for key, value in record.metrics.items() if key not in TIMINGS}


SHORT = ("trainer.max_epochs=1", "trainer.limit_train_batches=2")


@pytest.mark.parametrize("attention", choices("attention"))
@pytest.mark.parametrize("loss", choices("loss"))
def test_every_attention_and_loss_runs(attention, loss, planted, tmp_path):
    record = run(config(planted, tmp_path, *SHORT, f"attention={attention}", f"loss={loss}"))
    assert 0 <= record.metrics["test/ndcg@10"] <= 1
    assert record.label == f"{attention}-dot-{loss}"


GROUPS = ("optimizer", "scheduler", "protocol", "windows", "recommender")


@pytest.mark.parametrize("override", [f"{group}={name}" for group in GROUPS for name in choices(group)])
def test_every_other_choice_runs(override, planted, tmp_path):
    more = ["protocol.n=5"] if "sampled" in override else []
    run(config(planted, tmp_path, *SHORT, override, *more))


@pytest.mark.parametrize("attention", ["transformer", "user", "item"])
def test_planted_structure_is_found(attention, planted, tmp_path):
    """What follows an item on the circle is certain: attention with positions must rank it first."""
    overrides = [f"attention={attention}", "trainer.max_epochs=60", "optimizer.lr=0.01", "dropout=0.0"]
    record = run(config(planted, tmp_path, *overrides, "protocol.filter_seen=false"))
    assert record.metrics["test/hr@1"] > 0.9


def test_a_finished_run_is_reported_again(planted, tmp_path):
    first = run(config(planted, tmp_path, *SHORT))
    again = run(config(planted, tmp_path, *SHORT))
    assert again == first
    anew = run(config(planted, tmp_path, *SHORT, "force=true"))
    assert results(anew) == results(first)
    assert anew.finished >= first.finished


def test_evaluation_batch_size_changes_no_metric(planted, tmp_path):
    """T8."""
    found = [
        results(run(config(planted, tmp_path / str(size), *SHORT, f"eval_batch_size={size}"))) for size in (1, 7, 512)
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-12)
    assert found[0] == pytest.approx(found[2], abs=1e-12)


SCRIPT = """
import sys, time, torch
from recexp.module import RecommenderModule
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
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def wait_for_epochs(folder, epochs, process):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        for history in folder.glob("runs/*/*/*/history.csv"):
            if len(pd.read_csv(history)) >= epochs and (history.parent / "checkpoints" / "last.ckpt").exists():
                return
        time.sleep(0.02)
    raise AssertionError(process.communicate()[0].decode())


def metrics_of(folder):
    (file,) = folder.glob("runs/*/*/*/metrics.json")
    return {key: value for key, value in json.loads(file.read_text()).items() if key not in TIMINGS}


def curve_of(folder):
    (file,) = folder.glob("runs/*/*/*/history.csv")
    return pd.read_csv(file).drop(columns=["train/seconds", "train/positions_per_s"])


def test_kill_and_resume_is_as_if_nothing_had_happened(planted, tmp_path):
    """T23, T24: kill -9 in the middle of an epoch; weights, schedule, early stopping and curve go on."""
    whole = start(planted, tmp_path / "whole")
    assert whole.wait() == 0, whole.communicate()[0].decode()
    broken = start(planted, tmp_path / "broken")
    wait_for_epochs(tmp_path / "broken", 2, broken)
    broken.send_signal(signal.SIGKILL)
    broken.wait()
    assert not list((tmp_path / "broken").glob("runs/*/*/*/record.json"))
    resumed = start(planted, tmp_path / "broken")
    output = resumed.communicate()[0].decode()
    assert resumed.returncode == 0, output
    assert "resuming from" in output
    assert metrics_of(tmp_path / "broken") == metrics_of(tmp_path / "whole")
    pd.testing.assert_frame_equal(curve_of(tmp_path / "broken"), curve_of(tmp_path / "whole"))


def test_ctrl_c_leaves_a_resumable_run_and_says_so(planted, tmp_path):
    process = start(planted, tmp_path)
    wait_for_epochs(tmp_path, 1, process)
    os.kill(process.pid, signal.SIGINT)
    output = process.communicate()[0].decode()
    assert process.returncode == 130, output
    assert "same command" in output
    assert list(tmp_path.glob("runs/*/*/*/checkpoints/last.ckpt"))
    assert "Traceback" not in output


def test_a_loss_that_is_not_finite_names_the_step(planted, tmp_path):
    cfg = config(planted, tmp_path, "optimizer.lr=1e30", "trainer.max_epochs=20")
    with pytest.raises(RunError, match=r"(the loss is (nan|inf) at step \d+|NaN or infinite)"):
        run(cfg)
    assert not list(tmp_path.glob("runs/*/*/*/record.json"))


def test_a_checkpoint_of_another_configuration_is_refused(planted, tmp_path):
    record = run(config(planted, tmp_path, *SHORT))
    other = config(planted, tmp_path, *SHORT, "seed=7")
    theirs = RunFolder(tmp_path / "runs" / record.run)
    mine = next(RunFolder.of(other, "").path.parent.glob("seed*")).parent / "seed7-0000000000"
    (mine / "checkpoints").mkdir(parents=True)
    torch.save(torch.load(theirs.last, weights_only=False), mine / "checkpoints" / "last.ckpt")
    from recexp.experiment import evaluate

    (mine / "checkpoints" / "best.ckpt").write_bytes(theirs.best.read_bytes())
    with pytest.raises(RunError, match="another configuration"):
        evaluate(other, mine)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("ks=[0,10]", "ks: got 0"),
        ("ks=[10,21]", "ks: got 21, expected at most the 20 items"),
        ("optimizer.lr=-1", "optimizer.lr: got -1"),
        ("dropout=1.5", "dropout: got 1.5"),
        ("embedding_dim=0", "embedding_dim: got 0"),
        ("ks=[5]", "early_stopping.monitor"),
    ],
)
def test_a_bad_value_names_its_key_and_leaves_nothing(override, message, planted, tmp_path):
    with pytest.raises(ConfigError, match=message.replace("[", r"\[")):
        run(config(planted, tmp_path, override))
    assert not list(tmp_path.glob("runs/*/*/*/record.json"))


def test_memory_of_candidate_aware_training_is_bounded():
    """No B x L x N x D tensor: the largest one a step allocates stays below B x L x N / 4 elements."""
    from torch.utils._python_dispatch import TorchDispatchMode

    from recexp.loss.cross_entropy import CrossEntropyLoss
    from tests.models import compose_config

    class Largest(TorchDispatchMode):
        elements = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            for tensor in out if isinstance(out, tuple | list) else (out,):
                if isinstance(tensor, torch.Tensor):
                    self.elements = max(self.elements, tensor.numel())
            return out

    from hydra.utils import instantiate

    batch, length, items = 128, 50, 2000
    cfg = compose_config("attention=item", f"max_history_len={length}", "embedding_dim=64")
    recommender = instantiate(cfg.recommender, num_items=items, num_users=4)
    history_BL = torch.randint(1, items + 1, (batch, length))
    with Largest() as largest:
        rows, target_RT = recommender.encode(torch.zeros(batch, dtype=torch.long), history_BL, history_BL)
        CrossEntropyLoss(label_smoothing=0.0)(recommender, rows, target_RT).backward()
    assert largest.elements < batch * length * items / 4
