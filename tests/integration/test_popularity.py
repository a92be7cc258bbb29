"""What the popularity row counts."""

import re
from pathlib import Path

import pandas as pd

from recexp.experiment import run
from tests.integration.planted import config


def test_popularity_counts_training_interactions_only(tmp_path):
    """T28: every user's validation item is 8 and test item is 9. Counted, they would be the most popular of all."""
    rows = [(user, item) for user in range(12) for item in (1 + user % 3, 4 + user % 4, 8, 9)]
    file = tmp_path / "clicks.csv"
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(file, index=False)
    record = run(config(file, tmp_path, "recommender=popularity", "ks=[1]", "callbacks.early_stopping.monitor=val/mrr"))
    ranks = pd.read_parquet(tmp_path / "runs" / record.run / "ranks.parquet")
    assert set(ranks["higher"]) == {5}  # of items 1 to 7, the two in the user's own training history are left out
    assert record.metrics["test/hr@1"] == 0


def test_the_published_popularity_of_s3rec_counts_the_test_items(shared_data, tmp_path, monkeypatch, capsys):
    """T28, the worked example of docs/tables.md: .0152 / .0068 with them, .0115 / .0054 without."""
    text = (Path(__file__).parents[2] / "docs" / "tables.md").read_text()
    (code,) = re.findall(r"```python\n(import numpy.*?)```", text, re.DOTALL)
    printed = text[text.index(code) + len(code) :].split("\n\n")[1]
    monkeypatch.setenv("RECEXP_DATA", str(shared_data))
    monkeypatch.setenv("RECEXP_CACHE", str(tmp_path / "cache"))
    exec(compile(code, "docs/tables.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == [line.strip() for line in printed.splitlines()]
    assert "everything             0.0152 0.0068" in printed
