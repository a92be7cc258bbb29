"""Fit with checkpoints, select on validation, test once."""

import logging
import signal
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
from hydra.utils import instantiate
from omegaconf import DictConfig
from pytorch_lightning.callbacks import Callback, ModelCheckpoint, ProgressBar

from recexp.batching.datamodule import RecommenderData
from recexp.callbacks.checkpoints import checkpoints
from recexp.callbacks.history import HistoryWriter
from recexp.callbacks.progress import Progress
from recexp.distributed.rank import is_rank_zero
from recexp.logger.base import NoLogger
from recexp.runs.folder import RunFolder
from recexp.training.checkpoint import AtomicCheckpoints
from recexp.training.module import RecommenderModule
from recexp.training.peak_memory import forget_peak_memory, peak_memory_mb

log = logging.getLogger(__name__)


def train_and_test(
    cfg: DictConfig,
    folder: RunFolder,
    module: RecommenderModule,
    data: RecommenderData,
    callbacks: Sequence[Callback],
) -> tuple[dict[str, float], pd.DataFrame]:
    """Metrics (`val/...`, `test/...`, `train/...`, `model/parameters`) and the test ranks, a row a user.

    A recommender that does not learn is validated and tested as it is.
    """
    logger = instantiate(cfg.logger) if is_rank_zero() else NoLogger()
    metrics: dict[str, float] = {}
    forget_peak_memory()
    try:
        lightning_logger = logger.start(cfg, folder)
        history = HistoryWriter(
            folder.history,
            positions_per_epoch=data.windows.num_targets(),
            batches_per_epoch=len(data.train_dataloader()),
        )
        if module.recommender.learns:
            metrics = _fit(cfg, folder, module, data, history, lightning_logger, callbacks)
        metrics |= _validate_and_test(cfg, module, data)
        metrics["model/parameters"] = sum(p.numel() for p in module.recommender.parameters() if p.requires_grad)
        metrics["train/peak_memory_mb"] = peak_memory_mb()
    finally:
        logger.finish(metrics)
    return metrics, test_ranks(module, data)


def _fit(
    cfg: DictConfig,
    folder: RunFolder,
    module: RecommenderModule,
    data: RecommenderData,
    history: HistoryWriter,
    lightning_logger: Any,
    callbacks: Sequence[Callback],
) -> dict[str, float]:
    """Trains, from the last checkpoint where there is one, and leaves the best epoch's weights in the module."""
    stopping = instantiate(cfg.callbacks.early_stopping)
    best, last = checkpoints(folder.checkpoints, monitor=stopping.monitor, mode=stopping.mode)
    others = [instantiate(node) for name, node in cfg.callbacks.items() if name != "early_stopping"]
    bar = [Progress(history, monitor=stopping.monitor)] if sys.stdout.isatty() else []
    trainer = _trainer(cfg, [stopping, history, best, last, *others, *callbacks, *bar], lightning_logger)
    resume = str(folder.last) if folder.last.exists() else None
    if resume:
        log.info("resuming from %s", resume)
    try:
        trainer.fit(module, data, ckpt_path=resume)
    except SystemExit as stop:  # Lightning's answer to Ctrl-C, after which it leaves the signal ignored
        signal.signal(signal.SIGINT, signal.default_int_handler)
        raise KeyboardInterrupt from stop
    module.load_checkpoint(folder.best)
    rows = pd.DataFrame(history.rows)
    spent = {key: float(rows[key].sum()) for key in ("train/seconds", "train/energy_j") if key in rows}
    return {
        **spent,
        "train/epochs": len(rows),
        "train/positions_per_s": float(rows["train/positions_per_s"].median()),
    }


def _validate_and_test(cfg: DictConfig, module: RecommenderModule, data: RecommenderData) -> dict[str, float]:
    """The test set is scored once, after training, with the selected weights (T11)."""
    trainer = _trainer(cfg, [], False)
    metrics: dict[str, float] = {}
    for period, score in (("val", trainer.validate), ("test", trainer.test)):
        score(module, data, verbose=False)
        # Not what Lightning returns, which has been through a float of 32 bits.
        metrics |= {f"{period}/{key}": value for key, value in module.evaluator.metrics().items()}
    return metrics


def evaluate_checkpoint(
    cfg: DictConfig, folder: RunFolder, module: RecommenderModule, data: RecommenderData
) -> dict[str, float]:
    """Metrics of the best checkpoint of a run (or of a recommender that does not learn) on validation and test."""
    if module.recommender.learns:
        module.load_checkpoint(folder.best)
    return _validate_and_test(cfg, module, data)


def test_ranks(module: RecommenderModule, data: RecommenderData) -> pd.DataFrame:
    """The per-user results of the last pass: external ids, higher, equal, candidates, history length."""
    interactions, frame = data.interactions, module.evaluator.frame()
    row = frame.pop("row").to_numpy()
    frame.insert(0, "user", interactions.user_ids[frame["user_idx"]])
    frame.insert(1, "target", interactions.item_ids[frame["target_idx"]])
    end = data.test.targets.history_end[np.searchsorted(data.test.targets.row, row)]
    frame["history_len"] = end - interactions.offsets[frame["user_idx"]]
    return frame


def _trainer(cfg: DictConfig, callbacks: list[Callback], logger: Any) -> pl.Trainer:
    """The configured Trainer: checkpoints only where given, nothing printed or written that was not asked for."""
    return instantiate(
        cfg.trainer,
        callbacks=callbacks,
        plugins=[AtomicCheckpoints()],
        logger=logger or False,
        enable_checkpointing=any(isinstance(callback, ModelCheckpoint) for callback in callbacks),
        enable_progress_bar=any(isinstance(callback, ProgressBar) for callback in callbacks),
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )
