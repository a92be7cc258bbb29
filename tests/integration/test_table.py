"""recexp table: a plan, missing cells, failures, an interruption, the same command again."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

import recexp
from recexp.cli import main

ROWS = """
title: Two by two
source: nobody
seeds: [1, 2]
overrides:
  [dataset=csv, dataset.path={place}/small.csv, embedding_dim=4, max_history_len=4, trainer.max_epochs={epochs},
   trainer.accelerator=cpu, "ks=[5,10]"]
columns:
  full: {{metrics: [hr@1, mrr]}}
  sampled: {{overrides: [protocol=sampled, protocol.n=3], metrics: [mrr]}}
rows:
  mean: {{overrides: [attention=mean], published: {{full: {{mrr: .5}}}}}}
  popularity: {{overrides: [recommender=popularity]}}
{more}
compare: [[mean, popularity]]
slices: [repetition]
"""
ABSENT = "  absent: {overrides: [attention=nobody_has_this]}"


@pytest.fixture
def define(place):
    def write(*, more="", epochs=1):
        (place / "conf" / "table").mkdir(parents=True, exist_ok=True)
        (place / "conf" / "table" / "tiny.yaml").write_text(ROWS.format(place=place, more=more, epochs=epochs))
        return ["table", "--config-dir", str(place / "conf"), "table=tiny", "logger=none"]

    return write


def records(place):
    found = [json.loads(file.read_text()) for file in sorted((place / "runs").glob("*/*/*/record.json"))]
    return {
        it["run"]: {key: value for key, value in it["metrics"].items() if key.startswith(("val/", "test/"))}
        for it in found
    }


def test_an_interrupted_table_goes_on_where_it_stopped(place, define, capsys, monkeypatch):
    """Cheapest first: popularity under both protocols, then the trained rows, of which the second is interrupted."""
    command, calls = define(more=ABSENT), []
    from recexp import experiment

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return done(*arguments)

    done = experiment.train_and_test
    with monkeypatch.context() as broken:
        broken.setattr(experiment, "train_and_test", interrupted)
        assert main(command) == 130
    assert "Repeat the command" in capsys.readouterr().err
    assert sorted(run.split("/")[1] for run in records(place)) == ["mean-dot-cross_entropy"] + 4 * ["popularity"]
    before = records(place)
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert printed.count("already finished") == 5
    assert len(records(place)) == 8
    assert before.items() <= records(place).items()
    assert "absent | full: not built: there is no attention=nobody_has_this" in printed
    assert main([*command, f"output={place}/out"]) == 0
    files = {file.name for file in (place / "out").iterdir()}
    assert {
        "table.md",
        "table.tex",
        "table.html",
        "table.csv",
        "comparisons.csv",
        "slices.csv",
        "curves-full.svg",
    } <= files
    frame = recexp.table("tiny", "logger=none", config_dir=place / "conf", dry_run=True).frame
    of_mean = frame[(frame["row"] == "mean") & (frame["column"] == "full") & (frame["metric"] == "mrr")].iloc[0]
    runs = [metrics for run, metrics in records(place).items() if "/mean-" in run]
    assert min(it["test/mrr"] for it in runs) <= of_mean["mean"] <= max(it["test/mrr"] for it in runs)


def test_a_dry_run_runs_nothing_and_a_row_alone_is_run_alone(place, define, capsys):
    command = define()
    assert main([*command, "dry_run=true"]) == 0
    assert "8 cells, 8 to run" in capsys.readouterr().out
    assert records(place) == {}
    assert main([*command, "only=popularity", "seeds=5"]) == 0
    assert [run.split("/")[-1].partition("-")[0] for run in records(place)] == ["seed5", "seed5"]


def test_a_failed_cell_is_shown_and_the_others_go_on(place, define, capsys):
    command = define(more="  broken: {overrides: [attention=mean, embedding_dim=-1]}")
    assert main([*command, "seeds=1", "only=broken,popularity"]) == 1
    printed = capsys.readouterr().out
    assert "broken | full: failed: " in printed or "broken | full: refused: " in printed
    assert len(records(place)) == 2


def test_mixed_protocols_are_refused_before_anything_runs(place, define, capsys):
    """T9."""
    command = define(more="  other: {overrides: [attention=mean, split=ratio]}")
    assert main(command) == 2
    error = capsys.readouterr().err
    assert "column full mixes protocols: split of row mean is 'leave-one-out" in error
    assert "of row other" in error
    assert not (place / "runs").exists()


def test_a_searched_row_is_searched_first(place, define, capsys):
    search = "{search_space: budget, trials: 2}"
    command = define(more=f"  searched: {{overrides: [attention=mean], search: {search}}}")
    assert main([*command, "only=searched", "seeds=1", "dry_run=true"]) == 0
    assert "to search: 0 of 2 trials" in capsys.readouterr().out
    result = recexp.table("tiny", "logger=none", config_dir=place / "conf", only=["searched"], seeds=[1])
    assert result.frame["status"].tolist() == ["done"] * 3


@pytest.mark.slow
def test_killed_at_any_moment_a_table_ends_as_an_undisturbed_one(place, define):
    """T23."""
    command = define(epochs=3)
    assert main([*command, f"paths.runs={place}/undisturbed"]) == 0
    for finished in (1, 5):
        _kill_after(place, command, finished)
    assert main(command) == 0
    ours = records(place)
    (place / "runs").rename(place / "ours")
    (place / "undisturbed").rename(place / "runs")
    assert ours == records(place)


def _kill_after(place, command, finished):
    arguments = [sys.executable, "-m", "recexp", *command]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ) as process:
        deadline = time.monotonic() + 250
        while len(records(place)) < finished and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
