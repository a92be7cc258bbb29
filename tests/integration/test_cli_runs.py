"""Commands that train and read what is on disk: one experiment, sweeps, results, evaluate, data, doctor."""

import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest
import torch

from recexp.cli import main
from recexp.recommender.popularity import Popularity
from recexp.runs.leaderboard import find_records
from tests.integration.overrides import popularity, small


def test_one_experiment_prints_its_result_and_is_skipped_when_repeated(place, capsys):
    assert main(["train", *small(place), "attention=mean"]) == 0
    first = capsys.readouterr()
    (record,) = place.glob("runs/*/*/*/record.json")
    assert "mean-dot-cross_entropy on csv, seed 42" in first.out
    assert "leave-one-out" in first.out
    assert str(record.parent) in first.out
    written = record.stat().st_mtime_ns
    assert main(["train", *small(place), "attention=mean"]) == 0
    again = capsys.readouterr()
    assert "already finished" in again.err
    assert again.out == first.out
    assert record.stat().st_mtime_ns == written
    assert list((place / "here").iterdir()) == []


def test_a_class_of_ones_own_is_found_where_one_stands(place, monkeypatch):
    (place / "here" / "my_own_attention.py").write_text("from recexp.attention.mean import MeanAttention as Mine\n")
    monkeypatch.setattr("sys.path", [*sys.path])
    assert main(["train", *small(place), "attention=mean", "attention._target_=my_own_attention.Mine"]) == 0


def test_sweep_of_two_by_two_is_four_records_and_a_leaderboard(place, capsys):
    assert main(["train", "-m", *small(place), "attention=mean,user", "seed=1,2"]) == 0
    frame = find_records(place / "runs")
    assert sorted(zip(frame["attention"], frame["seed"], strict=True)) == [
        ("mean", 1), ("mean", 2), ("user", 1), ("user", 2),
    ]  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines if line.startswith("job ")] == [
        f"job {number}: attention={name} seed={seed}"
        for number, (name, seed) in enumerate([("mean", 1), ("mean", 2), ("user", 1), ("user", 2)], start=1)
    ]
    rows = [line for line in lines if "±" in line]
    assert len(rows) == 2
    assert list((place / "here").iterdir()) == []


def test_sweep_in_the_home_folder(place, monkeypatch):
    """Hydra takes ~ for the name of a folder."""
    monkeypatch.setenv("HOME", str(place / "home"))
    monkeypatch.setenv("RECEXP_RUNS", "~/runs")
    assert main(["train", "-m", *popularity(place), "seed=1"]) == 0
    assert len(find_records(place / "home" / "runs")) == 1
    assert list((place / "here").iterdir()) == []


def test_a_failing_job_is_listed_and_the_others_go_on(place, capsys):
    assert main(["train", "-m", *popularity(place), "seed=-1,1"]) == 1
    captured = capsys.readouterr()
    assert "job 1: seed=-1  failed: seed: got -1" in captured.out
    assert "1 of 2 jobs failed" in captured.err
    assert find_records(place / "runs")["seed"].tolist() == [1]


@pytest.mark.parametrize("empty", ["experiment=glob(nothing*)", "seed=range(3,0)"])
def test_sweep_of_no_jobs_is_an_error(empty, place, capsys):
    """T27: a glob without a match launches nothing, which must not look like success."""
    assert main(["train", "-m", *popularity(place), empty]) == 2
    assert f"the sweep has no jobs: {empty} stands for no value" in capsys.readouterr().err


# --- what is on disk


@pytest.fixture
def finished(place):
    assert main(["train", "-m", *popularity(place), "seed=1,2"]) == 0
    return sorted(place.glob("runs/*/*/*/"))


def test_results_filter_and_formats(finished, capsys):
    capsys.readouterr()
    assert main(["results", "seed=1", "format=csv", "metrics=[test/mrr]", "sort=test/mrr"]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split(",")[:5] == ["dataset", "label", "seeds", "test/mrr", "test/mrr sd"]
    assert row.startswith("csv,popularity,1,")
    assert main(["results", "seed=1,2", "recommender=popularity"]) == 0
    assert "± 0.0000" in capsys.readouterr().out
    assert main(["results", "dataset=cvs"]) == 2
    assert "no run has dataset=cvs. Did you mean 'csv'?" in capsys.readouterr().err
    assert main(["results", "seed=[1,2]", "metrics=test/mrr,test/hr@5"]) == 0
    assert "test/hr@5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argument", "message"),
    [("seed=[1", "cannot read 'seed=[1'"), ("sort=x", "no run has the metric 'x'"), ("metrics=5", "the metric '5'")],
)
def test_bad_options_of_results(argument, message, finished, capsys):
    assert main(["results", argument]) == 2
    assert message in capsys.readouterr().err


def test_results_names_what_is_not_in_the_table(finished, place, capsys):
    for name in ("seed3-0000000000", "seed4-0000000000", "seed5-0000000000"):
        (finished[0].parent / name).mkdir()
    (finished[0].parent / "seed5-0000000000" / "failure.json").write_text("{}")
    capsys.readouterr()
    assert main(["results", "format=csv"]) == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 2
    assert captured.err.startswith("not in the table: 1 failed (failure.json in the folder says why), 2 unfinished")


def test_a_sweep_without_training_needs_no_cutoff_of_early_stopping(place, capsys):
    assert main(["train", "-m", *popularity(place), "ks=[3]", "seed=1,2"]) == 0
    assert "test/hr@3" in capsys.readouterr().out


def test_another_cutoff_alone(place, capsys):
    """It selects the weights and sorts the table."""
    assert main(["train", *small(place), "attention=mean", "ks=[3]"]) == 0
    assert main(["results"]) == 0
    assert "test/ndcg@3" in capsys.readouterr().out


def test_two_jobs_of_one_run_are_one_seed(place, capsys):
    assert main(["train", "-m", *popularity(place), "seed=1,1"]) == 0
    cells = [cell.strip() for cell in capsys.readouterr().out.splitlines()[-2].split("│")]
    assert cells[1:3] == ["popularity", "1"]


def test_more_negatives_than_items(place, capsys):
    assert main(["train", *popularity(place), "protocol=sampled", "protocol.n=1000"]) == 2
    assert "protocol.n: got 1000, expected at most" in capsys.readouterr().err


def test_a_sweep_whose_flag_comes_late(place, capsys):
    assert main(["train", *popularity(place), "-m", "seed=1,2"]) == 0
    assert capsys.readouterr().out.count("\njob ") == 2


def test_results_of_no_runs(place, capsys):
    for command in ("results", "sync"):
        assert main([command]) == 2
        assert f"there is no folder {place}/runs" in capsys.readouterr().err
    (place / "runs").mkdir()
    assert main(["results"]) == 0
    assert "no finished runs" in capsys.readouterr().out


FACTORS = """
import torch
from recexp.nn.embedding import ItemEmbedding
from recexp.recommender.base import TrainedRecommender

class Factors(TrainedRecommender):
    def __init__(self, *, num_items: int, num_users: int) -> None:
        super().__init__()
        self.item = ItemEmbedding(num_items=num_items, embedding_dim=4)

    def loss(self, batch):
        item_PD = self.item(batch.windows.item_BL[batch.is_target_BL])
        return item_PD.square().sum(), len(item_PD)

    def score(self, histories):
        return self.item(histories.item_BL).sum(dim=1) @ self.item.catalogue().T
"""


def test_evaluate_repeats_the_records_numbers(finished):
    run = finished[0]
    assert main(["evaluate", f"run={run}"]) == 0
    (file,) = run.glob("evaluations/*.json")
    record = json.loads((run / "record.json").read_text())
    again = json.loads(file.read_text())
    assert again["protocol"] == record["protocol"]
    assert {key: record["metrics"][key] for key in again["metrics"]} == again["metrics"]


def test_evaluate_takes_a_folder_of_any_name(finished, place):
    """The record says which run it is, as `recexp recommend` has it: a copy may lie anywhere."""
    copy = shutil.copytree(finished[0], place / "any name")
    assert main(["evaluate", f"run={copy}"]) == 0


def test_evaluate_refuses_an_option_before_it_reads_data(finished, place, capsys):
    (place / "small.csv").unlink()
    assert main(["evaluate", f"run={finished[0]}", "protocol=sampled", "protocol.n=0"]) == 2
    assert "protocol.n: got 0, expected a whole number from 1" in capsys.readouterr().err


def test_evaluate_checks_weights_of_a_recommender_without_a_loss_axis(place, monkeypatch, capsys):
    """T36: whether there are weights, the recommender says."""
    (place / "here" / "my_factors.py").write_text(FACTORS)
    monkeypatch.setattr("sys.path", [*sys.path])
    own = ["recommender=popularity", "recommender._target_=my_factors.Factors", "embedding_dim=4"]
    assert main(["train", *small(place), *own]) == 0
    (run,) = place.glob("runs/*/*/*/")
    best = run / "checkpoints" / "best.ckpt"
    other = torch.load(best, weights_only=True)
    other["state_dict"] = {name: weight + 1 for name, weight in other["state_dict"].items()}
    torch.save(other, best)
    assert main(["evaluate", f"run={run}", "trust=my_factors"]) == 2
    assert "best.ckpt is not what the run wrote" in capsys.readouterr().err


def test_evaluate_under_another_protocol_keeps_both(finished, capsys):
    """T9: the number under the other protocol has a fingerprint and a file of its own."""
    run = finished[0]
    assert main(["evaluate", f"run={run}", "protocol=sampled", "protocol.n=3", "ks=[1,10]"]) == 0
    assert "3 uniform negatives" in capsys.readouterr().out
    assert main(["evaluate", f"run={run}", "protocol.filter_seen=false"]) == 0
    assert "seen items kept" in capsys.readouterr().out
    assert len(list(run.glob("evaluations/*.json"))) == 2
    assert main(["evaluate", f"run={run}", "protocol.n=3"]) == 2  # the run's own protocol has no n
    assert "unknown key 'protocol.n'" in capsys.readouterr().err


def test_evaluate_with_other_cutoffs_only(place, capsys):
    """Early stopping watches ndcg@10, which matters to training alone."""
    assert main(["train", *small(place), "attention=mean"]) == 0
    (run,) = place.glob("runs/*/*/*/")
    capsys.readouterr()
    assert main(["evaluate", f"run={run}", "ks=[3]"]) == 0
    assert "ndcg@3" in capsys.readouterr().out


def test_evaluate_without_weights(place, capsys):
    """Not those of a model that has learned nothing."""
    assert main(["train", *small(place), "attention=mean"]) == 0
    (run,) = place.glob("runs/*/*/*/")
    (run / "checkpoints" / "best.ckpt").unlink()
    capsys.readouterr()
    assert main(["evaluate", f"run={run}"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "best.ckpt is missing" in captured.err


@pytest.mark.parametrize("damage", ["flipped", "another epoch", "edited", "record"])
def test_evaluate_believes_no_file_that_the_run_did_not_write(damage, place, capsys):
    """T36: each of these once gave other numbers, or let others pass, at exit code 0."""
    assert main(["train", *small(place), "attention=transformer", "trainer.max_epochs=2"]) == 0
    (run,) = place.glob("runs/*/*/*/")
    best, config, record = run / "checkpoints" / "best.ckpt", run / "config.yaml", run / "record.json"
    if damage == "flipped":
        content = bytearray(best.read_bytes())
        content[len(content) // 2] ^= 0x40
        best.write_bytes(content)
    elif damage == "another epoch":
        other = torch.load(best, weights_only=True)
        other["state_dict"] = {name: weight + 1 for name, weight in other["state_dict"].items()}
        torch.save(other, best)
    elif damage == "edited":
        config.write_text(config.read_text().replace("num_heads: 2", "num_heads: 4"))
    else:
        record.write_text(record.read_text().replace('"test/hr@10": ', '"test/hr@10": 1'))
    capsys.readouterr()
    assert main(["evaluate", f"run={run}"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    expected = {
        "flipped": "best.ckpt is not what the run wrote",
        "another epoch": "best.ckpt is not what the run wrote",
        "edited": "attention.num_heads is 4, and the run was made with 2",
        "record": "record.json is not a run's record (it was changed after the run",
    }
    assert expected[damage] in captured.err
    assert not (run / "evaluations").exists()


def test_evaluate_runs_no_code_of_the_folder(place, monkeypatch, capsys):
    """T36: nor code beside the user, until they say so."""
    (place / "here" / "my_trusted_attention.py").write_text("from recexp.attention.mean import MeanAttention as Mine\n")
    monkeypatch.setattr("sys.path", [*sys.path])
    own = "attention._target_=my_trusted_attention.Mine"
    assert main(["train", *small(place), "attention=mean", own]) == 0
    (run,) = place.glob("runs/*/*/*/")
    for mistake in ([], ["trust=other"], ["trust=[other,my_trusted]"]):
        assert main(["evaluate", f"run={run}", *mistake]) == 2
        error = capsys.readouterr().err
        assert "_target_: got 'my_trusted_attention.Mine'" in error
        assert "trust=my_trusted_attention" in error
    monkeypatch.delitem(sys.modules, "my_trusted_attention")
    assert main(["evaluate", f"run={run}", "trust=[my_trusted_attention]"]) == 0
    monkeypatch.delitem(sys.modules, "my_trusted_attention")
    (run / "my_trusted_attention.py").write_text("raise SystemExit('ran')")
    monkeypatch.chdir(run)
    assert main(["evaluate", "run=.", "trust=my_trusted_attention"]) == 2
    assert "No module named 'my_trusted_attention'" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["evaluate"], ["recommend", "user=1"]])
def test_a_run_of_code_that_has_changed_says_so(command, finished, monkeypatch, capsys):
    """Its config was right once; nobody has mistyped an argument."""

    class Changed(Popularity):
        def __init__(self, *, num_items, num_users, heads):
            raise AssertionError

    Changed.__module__ = "recexp.recommender.popularity"
    monkeypatch.setattr("recexp.recommender.popularity.Popularity", Changed)
    assert main([*command, f"run={finished[0]}"]) == 2
    error = capsys.readouterr().err
    assert "the run's config does not fit this code" in error
    assert "missing 1 required keyword-only argument: 'heads'" in error
    assert "Use the code of the run, or train anew" in error


def test_evaluate_inside_the_folder_imports_nothing_from_there(finished):
    """Neither what stands in for a library, nor what a library would like to have."""
    run = finished[0]
    for name in ("pandas", "torch", "yaml", "hydra", "numexpr", "bottleneck", "usercustomize", "helper"):
        (run / f"{name}.py").write_text("open('ran', 'w')")
    command = [sys.executable, "-m", "recexp", "evaluate", "run=."]
    done = subprocess.run(command, cwd=run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (run / "ran").exists()


def test_evaluate_prints_before_it_writes(finished, capsys):
    """In a read-only folder the numbers are there at least."""
    (finished[0] / "evaluations").write_text("a file")
    capsys.readouterr()
    assert main(["evaluate", f"run={finished[0]}"]) == 2
    captured = capsys.readouterr()
    assert "ndcg@10" in captured.out
    assert "cannot write" in captured.err


def test_evaluate_refuses_a_split_that_keeps_apart_what_was_learned(finished, capsys):
    for split in ("split=user_fold", "split=ratio split.test=0.4"):
        assert main(["evaluate", f"run={finished[0]}", *split.split()]) == 2
        assert "of what the run was trained on" in capsys.readouterr().err
    assert not list(finished[0].glob("evaluations/*.json"))


def test_evaluate_under_a_split_that_trains_on_more(place, capsys):
    assert main(["train", *popularity(place), "split=ratio", "split.test=0.4"]) == 0
    (run,) = place.glob("runs/*/*/*/")
    assert main(["evaluate", f"run={run}", "split=leave_one_out"]) == 0
    assert "leave-one-out" in capsys.readouterr().out


def test_evaluate_refuses_other_data(finished, place, capsys):
    frame = pd.read_csv(place / "small.csv")
    frame.iloc[::-1].to_csv(place / "small.csv", index=False)
    assert main(["evaluate", f"run={finished[0]}"]) == 2
    assert "is not the one that the run was trained on" in capsys.readouterr().err


def test_data_prints_and_keeps_the_card(place, capsys):
    assert main(["data", "dataset=csv", f"dataset.path={place}/small.csv", "dataset.k_core=2"]) == 0
    assert "96" in capsys.readouterr().out
    (card,) = place.glob("cache/cards/csv-*.json")
    assert json.loads(card.read_text())["interactions"] == 96


# --- doctor


def test_doctor_is_content_here(place, capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "ready to train" in out
    assert "dataset=ml-latest-small" in out
    assert "recexp data lists them" in out


def test_doctor_names_what_is_broken(place, capsys, monkeypatch):
    (place / "blocked").write_text("a file")
    assert main(["doctor", f"paths.runs={place}/blocked"]) == 1
    assert "paths.runs=..." in capsys.readouterr().out
    monkeypatch.setattr("recexp.commands.doctor.requires", lambda name: ["numpy>=1", "numpy<1", "surely-absent>=2"])
    monkeypatch.setattr("recexp.commands.doctor.metadata", lambda name: {"Requires-Python": ">=3.10"})
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "pip install 'numpy<1'" in out
    assert "pip install 'surely-absent>=2'" in out
