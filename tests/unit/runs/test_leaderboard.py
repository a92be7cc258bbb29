"""Mean and standard deviation over seeds; one block a protocol; the hyperparameters that differ."""

from math import isnan, sqrt

import pytest

from recexp.errors import ConfigError
from recexp.runs.leaderboard import default_sort, find_records, leaderboard, metrics_beside, records_frame
from recexp.runs.rendering import in_words, number, print_blocks
from tests.records import finish, protocol

METRIC = "test/ndcg@10"


def run(tmp_path, value, *overrides, under=None):
    return finish(tmp_path, *overrides, metrics={METRIC: value, "test/hr@10": 2 * value}, under=under)[1]


def board(records, metrics=(METRIC,), sort=METRIC):
    return leaderboard(records_frame(records), list(metrics), sort=sort)


def test_mean_and_standard_deviation_over_seeds(tmp_path):
    records = [run(tmp_path, value, f"seed={seed}") for seed, value in enumerate((0.1, 0.2, 0.4))]
    (block,) = board(records)
    mean = (0.1 + 0.2 + 0.4) / 3
    sd = sqrt(((0.1 - mean) ** 2 + (0.2 - mean) ** 2 + (0.4 - mean) ** 2) / (3 - 1))
    (row,) = block.table.to_dict("records")
    assert row["seeds"] == 3
    assert row[METRIC] == pytest.approx(mean)
    assert row[f"{METRIC} sd"] == pytest.approx(sd)


def test_one_seed_has_no_standard_deviation(tmp_path):
    (block,) = board([run(tmp_path, 0.1)])
    assert isnan(block.table[f"{METRIC} sd"].iloc[0])
    assert in_words(block.table)[METRIC].tolist() == ["0.1000"]


def test_best_stands_first_and_costs_ascend(tmp_path):
    records = [
        finish(tmp_path, f"attention={name}", metrics={METRIC: value, "train/seconds": seconds})[1]
        for name, value, seconds in (("item", 0.1, 3.0), ("user", 0.3, 2.0), ("mean", 0.2, 1.0))
    ]
    (by_quality,), (by_cost,) = board(records), board(records, sort="train/seconds")
    assert [label.split("-")[0] for label in by_quality.table["label"]] == ["user", "mean", "item"]
    assert [label.split("-")[0] for label in by_cost.table["label"]] == ["mean", "user", "item"]


def test_protocols_are_never_ranked_together(tmp_path):
    """T9: a number under sampled ranking must not stand above one under full ranking."""
    full = run(tmp_path, 0.1, "attention=item")
    sampled = run(
        tmp_path, 0.9, "attention=item", "protocol=sampled", under=protocol("a" * 12, "100 uniform negatives")
    )
    blocks = board([full, sampled])
    assert [len(block.table) for block in blocks] == [1, 1]
    assert [block.protocol["candidates"] for block in blocks] == ["100 uniform negatives", "full catalogue"]


def test_columns_are_the_hyperparameters_that_differ(tmp_path):
    records = [
        run(tmp_path, 0.1, "attention=item", "embedding_dim=32", "seed=1"),
        run(tmp_path, 0.2, "attention=item", "embedding_dim=64", "seed=2"),
        run(tmp_path, 0.3, "attention=item", "attention/similarity=dot"),
        run(tmp_path, 0.4, "attention=transformer", "attention.num_heads=1", "attention.num_blocks=4"),
        run(tmp_path, 0.5, "attention=transformer", "attention.num_heads=1", "attention.num_blocks=1"),
    ]
    (block,) = board(records)
    varying = [column for column in block.table if column not in ("dataset", "label", "seeds", METRIC, f"{METRIC} sd")]
    assert sorted(varying) == ["attention.num_blocks", "attention.similarity", "embedding_dim"]
    shown = in_words(block.table).set_index(METRIC)
    assert shown.loc["0.4000", "attention.num_blocks"] == "4"
    assert shown.loc["0.1000", "attention.num_blocks"] == "-"
    assert shown.loc["0.3000", "attention.similarity"] == "dot"
    assert shown.loc["0.1000", "embedding_dim"] == "32"


def test_the_objective_is_in_the_label_and_no_column(tmp_path):
    (block,) = board([run(tmp_path, 0.1), run(tmp_path, 0.2, "objective=cloze")])
    assert block.table["label"].tolist() == ["transformer-cloze-dot-cross_entropy", "transformer-dot-cross_entropy"]
    assert not [column for column in block.table if column.startswith("objective")]


def test_seeds_with_other_settings_are_not_averaged(tmp_path):
    (block,) = board([run(tmp_path, 0.1, "seed=1"), run(tmp_path, 0.3, "seed=2", "optimizer.lr=0.01")])
    assert block.table["seeds"].tolist() == [1, 1]
    assert block.table["optimizer.lr"].tolist() == ["0.01", "0.001"]


def test_unknown_metric_names_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match=r"'test/ndcg@11'.*'test/ndcg@10'"):
        board([run(tmp_path, 0.1)], sort="test/ndcg@11")


def test_metrics_beside_the_one_that_sorts(tmp_path):
    metrics = {"test/hr@5": 0.1, "test/hr@10": 0.2, METRIC: 0.3, "test/mrr": 0.4, "val/hr@10": 0.5}
    _, record = finish(tmp_path, metrics=metrics)
    assert metrics_beside(records_frame([record]), METRIC) == ["test/hr@10", METRIC]
    assert metrics_beside(records_frame([record]), "test/mrr") == ["test/hr@5", "test/hr@10", METRIC, "test/mrr"]


@pytest.mark.parametrize(
    ("measured", "sort"),
    [
        ([["hr@5", "ndcg@5", "ndcg@10", "mrr"]], "test/ndcg@10"),
        ([["hr@5", "ndcg@5", "ndcg@20"]], "test/ndcg@20"),
        ([["hr@5", "hr@20", "mrr"]], "test/hr@20"),
        ([["ndcg@5", "ndcg@10"], ["ndcg@5"]], "test/ndcg@5"),  # what all have
        ([["hr@5"], ["ndcg@3"]], "test/ndcg@3"),
        ([["ndcg@x", "mrr"]], "test/ndcg@x"),
    ],
)
def test_the_sort_key_is_a_metric_that_was_measured(measured, sort, tmp_path):
    records = [
        finish(tmp_path, f"seed={seed}", metrics={f"test/{name}": 0.1 for name in names} | {"val/ndcg@10": 0.1})[1]
        for seed, names in enumerate(measured)
    ]
    assert default_sort(records_frame(records)) == sort


def test_nothing_to_sort_by(tmp_path):
    with pytest.raises(ConfigError, match="no run has a test metric"):
        default_sort(records_frame([finish(tmp_path, metrics={"train/seconds": 1.0})[1]]))


def test_records_on_disk_are_found_and_broken_ones_named(tmp_path, caplog):
    folder, _ = finish(tmp_path, "seed=1")
    broken, _ = finish(tmp_path, "seed=2")
    broken.record.write_text("{")
    frame = find_records(tmp_path)
    assert frame["seed"].tolist() == [1]
    assert frame["run"].tolist() == [str(folder.path)]
    assert str(broken.record) in caplog.text


def test_no_runs_is_an_empty_frame(tmp_path):
    assert find_records(tmp_path / "none").empty


def test_markdown_and_csv(tmp_path, capsys):
    blocks = board([run(tmp_path, value, f"seed={seed}") for seed, value in enumerate((0.1, 0.3))])
    print_blocks(blocks, "markdown")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("**ml-latest-small**: leave-one-out; full catalogue; ties: expectation")
    assert lines[2:5] == [
        "| label | seeds | test/ndcg@10 |",
        "| --- | --- | ---: |",
        "| transformer-dot-cross_entropy | 2 | 0.2000 ± 0.1414 |",
    ]
    print_blocks(blocks, "csv")
    header, row = capsys.readouterr().out.splitlines()
    assert header.startswith("dataset,label,seeds,test/ndcg@10,test/ndcg@10 sd,fingerprint")
    assert "ffffffffffff" in row


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.1235"), (12.34, "12.3"), (123456.0, "123,456"), (None, "-"), (float("nan"), "-")]
)
def test_number(value, text):
    assert number(value) == text
