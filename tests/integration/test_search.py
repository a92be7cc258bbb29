"""`recexp search`: finds what is better, passes over what fails, prunes, goes on after a kill, shares a study."""

import signal
import sqlite3
import subprocess
import sys
import time

import optuna
import pandas as pd
import pytest

from recexp.cli import main
from recexp.runs.folder import RunFolder
from tests.integration.overrides import small
from tests.unit.search.spaces import own_spaces

MONITOR = "val/ndcg@5"


@pytest.fixture
def sweep(place, monkeypatch):
    """sweep(yaml): the sweep `mine`, drawn at random and not pruned where the yaml does not say otherwise."""
    write = own_spaces(place / "conf", monkeypatch)
    return lambda text: write("mine", text)


@pytest.fixture
def circle(place):
    """Users who walk a circle of 12 items: the last item tells the next."""
    rows = [(user, (user + step) % 12) for user in range(24) for step in range(8)]
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(place / "small.csv", index=False)
    return [
        *small(place), "attention=mean", "protocol.filter_seen=false", "batch_size=16", "embedding_dim=8",
        f"callbacks.early_stopping.monitor={MONITOR}",
    ]  # fmt: skip


def trials(place):
    (file,) = place.glob("runs/.searches/*/trials.csv")
    return pd.read_csv(file)


def study(place):
    (file,) = place.glob("runs/.searches/*/study.db")
    return optuna.load_study(study_name=file.parent.name, storage=f"sqlite:///{file}")


CHOICES = "space: {optimizer.lr: [1e-6, 0.03, 1e30]}"


def test_the_better_choice_is_found_the_failing_one_passed_over_and_the_best_pinned(place, circle, sweep, capsys):
    """T23. Choices that come again are reported at once: three runs for six trials."""
    sweep(CHOICES)
    output = place / "best.yaml"
    arguments = ["search", "search_space=mine", *circle, "trainer.max_epochs=3"]
    assert main([*arguments, "trials=6", f"output={output}"]) == 0
    captured = capsys.readouterr()
    table = trials(place)
    assert table["trial"].tolist() == list(range(6))
    assert set(table["state"]) == {"finished", "failed"}
    assert set(table.loc[table["state"] == "failed", "optimizer.lr"]) == {1e30}
    assert "failed: the loss is" in captured.out or "NaN or infinite" in captured.out
    assert len(list(place.glob("runs/csv/*/*/record.json"))) == 2
    finished = table[table["state"] == "finished"]
    assert finished.groupby("optimizer.lr")[MONITOR].nunique().tolist() == [1, 1]
    assert study(place).best_params == {"optimizer.lr": 0.03}
    assert "test/" not in captured.out

    folder = next(place.glob("runs/.searches/*"))
    assert f"study {folder.name}: 6 trials" in captured.out
    assert (folder / "parallel.svg").read_text().startswith("<svg")
    assert "optimizer:\n  lr: 0.03\n" in output.read_text()
    paths = [f"paths.{key}={place / key}" for key in ("runs", "cache", "data")]
    assert main(["train", "--config-dir", str(folder), f"experiment={folder.name}", "logger=none", *paths]) == 0
    captured = capsys.readouterr()
    assert "already finished" in captured.err
    assert study(place).best_trial.user_attrs["run"] in captured.out

    assert main([*arguments, "trials=6"]) == 0
    captured = capsys.readouterr()
    assert not [line for line in captured.out.splitlines() if line.startswith("trial ")]
    assert list((place / "here").iterdir()) == []


def test_a_trial_that_is_pruned_is_stopped_early(place, circle, sweep, capsys):
    sweep("space: {optimizer.lr: [1e-6, 0.03]}\ndefaults: [{sampler: random}, {pruner: median}]")
    pruner = ["search_space.pruner.n_startup_trials=1", "search_space.pruner.n_warmup_steps=1"]
    assert main(["search", "search_space=mine", *circle, "trainer.max_epochs=6", "trials=6", *pruner]) == 0
    table = trials(place)
    pruned = table[table["state"] == "pruned"]
    assert len(pruned) > 0
    assert (pruned["optimizer.lr"] == 1e-6).all()
    assert (pruned["epochs"] < 6).all()
    assert (pruned["epochs"] >= 2).all()
    assert "pruned after epoch" in capsys.readouterr().out
    for run in pruned["run"]:
        folder = RunFolder(place / "runs" / run)
        assert folder.finished() is None
        assert not folder.failure.exists()


def test_what_recexp_refuses_is_replaced(place, circle, sweep, capsys):
    """Heads that do not divide the width."""
    sweep("space: {attention.num_heads: [2, 3]}")
    transformer = ["attention=transformer", "attention.num_blocks=1", "attention.feed_forward.hidden_dim=8"]
    assert main(["search", "search_space=mine", *circle, *transformer, "trials=2"]) == 0
    assert "refused: " in capsys.readouterr().out
    table = trials(place)
    assert table["state"].tolist() == ["finished"] * 2
    assert table["attention.num_heads"].tolist() == [2, 2]


def test_a_search_in_which_everything_fails_stops_and_says_why(place, circle, sweep, capsys, monkeypatch):
    def fail(*arguments):
        raise TypeError("my attention has a bug")

    sweep("space: {dropout: {low: 0.0, high: 0.5}}")
    monkeypatch.setattr("recexp.experiment.train_and_test", fail)
    assert main(["search", "search_space=mine", *circle, "trials=50"]) == 2
    error = capsys.readouterr().err
    assert "5 trials in a row had no result" in error
    assert "my attention has a bug" in error
    assert len(study(place).trials) == 5


def test_what_is_no_trials_fault_leaves_it_to_be_taken_up(place, circle, sweep, capsys, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device", "x")

    sweep("space: {dropout: {low: 0.0, high: 0.5}}")
    with monkeypatch.context() as broken:
        broken.setattr("recexp.experiment.train_and_test", full)
        assert main(["search", "search_space=mine", *circle, "trials=2"]) == 2
    assert "No space left" in capsys.readouterr().err
    (unfinished,) = study(place).trials
    assert unfinished.state == optuna.trial.TrialState.RUNNING
    assert main(["search", "search_space=mine", *circle, "trials=2"]) == 0
    assert study(place).trials[0].params == unfinished.params
    assert trials(place)["state"].tolist() == ["finished"] * 2


# --- workers


WORKER = """
import sys, time
from pathlib import Path
from recexp.training.module import RecommenderModule
import recexp.search.settings
recexp.search.settings.conf_dir = lambda: Path({conf!r})
step = RecommenderModule.training_step
def slow(self, batch, batch_idx):
    time.sleep(0.3)
    return step(self, batch, batch_idx)
RecommenderModule.training_step = slow
from recexp.cli import main
sys.exit(main(sys.argv[1:]))
"""


def wait_for_a_checkpoint_of(name, place, worker, log):
    """Of a run that is not finished."""
    deadline = time.monotonic() + 120
    while True:
        for file in place.glob("runs/csv/*/*/checkpoints/last.ckpt"):
            folder = file.parents[1]
            if f"name: {name}" in (folder / "config.yaml").read_text() and not (folder / "record.json").exists():
                return
        assert worker.poll() is None, log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
def test_two_workers_and_one_is_killed(place, circle, sweep):
    """T23: every trial is accounted for, none is run twice, and the killed one goes on from its checkpoint."""
    sweep("space: {dropout: {low: 0.0, high: 0.5}}")
    arguments = ["search", "search_space=mine", *circle, "trainer.max_epochs=3", "trials=3"]
    command = [sys.executable, "-c", WORKER.format(conf=str(place / "conf")), *arguments]
    logs = [place / "first.txt", place / "second.txt"]
    first, second = (
        subprocess.Popen([*command, f"name={log.stem}"], stdout=log.open("w"), stderr=subprocess.STDOUT) for log in logs
    )
    wait_for_a_checkpoint_of("first", place, first, logs[0])
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert second.wait(timeout=120) == 0, logs[1].read_text()
    assert main(arguments) == 0  # where the second had ended before the first was killed

    found = study(place).trials
    assert [trial.state for trial in found] == [optuna.trial.TrialState.COMPLETE] * 3
    assert [len(trial.intermediate_values) for trial in found] == [3] * 3
    assert len({trial.user_attrs["run"] for trial in found}) == 3
    assert sum("deaths" in trial.user_attrs for trial in found) == 1
    logs = [(place / "runs" / trial.user_attrs["run"] / "train.log").read_text() for trial in found]
    assert sum(log.count("resuming from") for log in logs) == 1
    assert [log.count("epoch   0") for log in logs] == [1, 1, 1]


# --- studies that cannot be used


def test_a_broken_or_locked_database(place, circle, sweep, capsys, monkeypatch):
    sweep("space: {dropout: {low: 0.0, high: 0.5}}")
    monkeypatch.setattr("recexp.search.study.WAIT", 0.1)
    file = place / "study.db"
    arguments = ["search", "search_space=mine", *circle, "trials=1", f"storage=sqlite:///{file}"]
    file.write_text("this is not a database, but it is longer than a header of one would have to be: " * 20)
    assert main(arguments) == 2
    assert f"storage: sqlite:///{file} cannot be used: " in capsys.readouterr().err
    file.unlink()
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert main(arguments) == 2
        assert "database is locked" in capsys.readouterr().err
        other.execute("ROLLBACK")
    other.close()
    assert main(arguments) == 0
    capsys.readouterr()
    assert main([*arguments, f"paths.runs={place}/elsewhere"]) == 2
    assert "All workers of a study must share paths.runs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["storage=study.db"], "storage: study.db cannot be used"),
        (["storage=postgresql+psycopg://me:secret@localhost:1/x"], "postgresql+psycopg://me:***@localhost:1/x"),
        (["optimizer.lr=-1"], "optimizer.lr: got -1"),
    ],
)
def test_bad_input_is_one_message_and_code_2(arguments, message, place, capsys):
    assert main(["search", "search_space=user", *small(place), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert "secret" not in error


def test_a_file_of_somebody_elses_is_not_overwritten(place, capsys):
    output = place / "mine.yaml"
    output.write_text("dropout: 0.1\n")
    assert main(["search", "search_space=user", *small(place), "trials=1", f"output={output}"]) == 2
    assert "choose another name" in capsys.readouterr().err
    assert output.read_text() == "dropout: 0.1\n"


def test_ranks_are_refused(place, capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["search", "search_space=user", *small(place)]) == 2
    assert "one of several ranks" in capsys.readouterr().err
