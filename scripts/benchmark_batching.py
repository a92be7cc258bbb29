"""What padding costs, and what building batches does: an epoch of training steps by each way to make batches.

    python scripts/benchmark_batching.py dataset=beauty-5core loss=sampled_softmax

Takes overrides of `recexp train`. Compared, alternately, on the same windows: every batch padded to max_history_len,
to its longest history, and to its longest with histories of like length together. Printed: the median over rounds of
the seconds an epoch, of which building batches, their share, and the share of places in a batch that are padding.
"""

import sys
import time
from pathlib import Path

import pandas as pd
import torch
from hydra.utils import instantiate
from torch.nn.functional import pad

from recexp.batching.batches import TrainingBatch
from recexp.config.compose import compose
from recexp.data.prepare import prepare
from recexp.experiment import build_data, build_module

ROUNDS = 3
FIXED = "padded to max_history_len"
WAYS = {FIXED: "shuffled", "shuffled": "shuffled", "bucketed": "bucketed"}


def widened(batch: TrainingBatch, width: int) -> TrainingBatch:
    """Padded to `width` positions, the last target apart."""
    missing = width + 1 - batch.is_target_BL.shape[1]
    windows = batch.windows.with_positions(lambda tensor: pad(tensor, (0, missing)), batch.windows.length_B)
    return TrainingBatch(windows, pad(batch.is_target_BL, (0, missing)))


def epoch(way: str, overrides: list[str]) -> dict[str, float]:
    cfg = compose(*overrides, f"batching={WAYS[way]}", "logger=none")
    data, _ = build_data(cfg, prepare(instantiate(cfg.dataset), cache=Path(cfg.paths.cache).expanduser()))
    module = build_module(cfg, data, run_hash="")
    optimizer = module.make_optimizer(module.parameters())
    batches = iter(data.train_dataloader())
    places = padding = building = 0
    start = time.perf_counter()
    while True:
        begin = time.perf_counter()
        batch = next(batches, None)
        building += time.perf_counter() - begin
        if batch is None:
            break
        batch = widened(batch, cfg.max_history_len) if way == FIXED else batch
        item_BL = batch.windows.item_BL
        places, padding = places + item_BL.numel(), padding + int((item_BL == 0).sum())
        loss, _ = module._loss(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    seconds = time.perf_counter() - start
    return {
        "s/epoch": seconds,
        "building s": building,
        "share %": 100 * building / seconds,
        "padding %": 100 * padding / places,
    }


def main() -> None:
    torch.manual_seed(0)
    rows = [{"": way, **epoch(way, sys.argv[1:])} for _ in range(ROUNDS) for way in WAYS]
    median = pd.DataFrame(rows).groupby("", sort=False).median()
    median["gain"] = median["s/epoch"].iloc[0] / median["s/epoch"]
    print(median.round(3).to_string())


if __name__ == "__main__":
    main()
