"""Run folders as a training leaves them, without the training."""

from datetime import datetime, timezone
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from recexp.runs.folder import RunFolder
from recexp.runs.record import RunRecord, make_record
from tests.composed import composed

SHA = "5" * 64


def protocol(fingerprint: str = "f" * 12, candidates: str = "full catalogue") -> dict[str, str]:
    parts = {"dataset_sha256": SHA, "split": "leave-one-out", "candidates": candidates, "ties": "expectation"}
    return {"fingerprint": fingerprint, **parts}


def config(runs: Path, *overrides: str) -> DictConfig:
    return composed(f"paths.runs={runs}", "logger=none", *overrides)


def finish(
    runs: Path,
    *overrides: str,
    metrics: dict[str, float] | None = None,
    under: dict[str, str] | None = None,
    ranks: pd.DataFrame | None = None,
) -> tuple[RunFolder, RunRecord]:
    """A finished run of `overrides` with these metrics and ranks under this protocol."""
    cfg = config(runs, *overrides)
    folder = RunFolder.of(cfg, SHA)
    folder.start(cfg)
    metrics = {"test/hr@10": 0.5, "test/ndcg@10": 0.25, "train/seconds": 2.0} if metrics is None else metrics
    started = datetime(2026, 1, 1, tzinfo=timezone.utc)
    record = make_record(
        cfg, folder.path, data_sha256=SHA, metrics=metrics, protocol=under or protocol(), started=started
    )
    return folder, folder.write(record, metrics, pd.DataFrame({"user": [1], "higher": [0]}) if ranks is None else ranks)
