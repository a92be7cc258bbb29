from pathlib import Path

import pytest

from recexp.callbacks.history import WIDTH, HistoryWriter


def line(ks, *, loss=9.8765):
    keys = [*(f"val/hr@{k}" for k in ks), *(f"val/ndcg@{k}" for k in ks), "val/mrr"]
    row = {"epoch": 7, "train/loss": loss, **dict.fromkeys(keys, 0.1234), "train/positions_per_s": 234_567.8}
    return HistoryWriter(Path("history.csv"), positions_per_epoch=1, batches_per_epoch=1)._line(row)


def test_the_line_of_an_epoch_holds_what_is_measured_by_default():
    assert line([5, 10, 20]) == (
        "epoch   7  loss 9.8765  val  hr@5 0.1234  hr@10 0.1234  hr@20 0.1234  ndcg@5 0.1234  ndcg@10 0.1234  "
        "ndcg@20 0.1234  mrr 0.1234  234,568 positions/s"
    )


@pytest.mark.parametrize("ks", [[5], [5, 10, 20], [1, 5, 10, 20, 50], range(1, 100)])
def test_the_line_of_an_epoch_fits(ks):
    found = line(ks, loss=12345.6789)
    assert len(found) <= WIDTH == 150
    assert "hr@5 0.1234" in found
    assert found.endswith("234,568 positions/s")
    assert ("..." in found) == ("mrr" not in found)
