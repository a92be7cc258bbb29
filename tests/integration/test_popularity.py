"""What the popularity row counts."""

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
