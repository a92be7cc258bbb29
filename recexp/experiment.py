"""One experiment, from a composed config to a record: prepare, split, batch, score, rank, record."""

import logging
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig

from recexp.allocator import keep_freed_memory
from recexp.audit import audit
from recexp.batches import RankingTargets, TrainingWindows
from recexp.checks import check_config, check_sizes
from recexp.datamodule import RecommenderData
from recexp.interactions import Prepared, prepare
from recexp.module import RecommenderModule
from recexp.protocol.fingerprint import fingerprint
from recexp.results import RunFolder, RunRecord, make_record
from recexp.split.base import Split, Targets
from recexp.training import evaluate_checkpoint, train_and_test

log = logging.getLogger(__name__)


def run(cfg: DictConfig) -> RunRecord:
    """Trains and evaluates what `cfg` (composed from conf/train.yaml) describes, or reports it when it is done.

    Raises RecexpError (ConfigError, DataError, RunError) for what the user can mend.
    """
    check_config(cfg)
    keep_freed_memory()
    prepared = _prepare(cfg)
    folder = RunFolder.of(cfg, prepared.card.sha256)
    with folder.lock():
        record = None if cfg.force else folder.finished()
        if record is not None:
            log.info("already finished: %s", folder.path)
            return record
        folder.start(cfg)
        folder.write_audit(data.audit)
        started = datetime.now(timezone.utc)
        data, protocol = build_data(cfg, prepared)
        module = build_module(cfg, data, run_hash=folder.hash)
        metrics, ranks = train_and_test(cfg, folder, module, data)
        record = make_record(cfg, folder, metrics=metrics, protocol=protocol, started=started)
        folder.write(record, metrics, ranks)
        return record


def evaluate(cfg: DictConfig, folder: Path) -> tuple[dict[str, float], dict[str, Any]]:
    """Metrics of a finished run's selected weights under `cfg`'s split and protocol, and that protocol."""
    check_config(cfg)
    prepared = _prepare(cfg)
    run_folder = RunFolder(folder)
    data, protocol = build_data(cfg, prepared)
    module = build_module(cfg, data, run_hash=run_folder.hash)
    return evaluate_checkpoint(cfg, run_folder, module, data), protocol


def build_data(cfg: DictConfig, prepared: Prepared) -> tuple[RecommenderData, dict[str, Any]]:
    """Split and batch: the data module, and the protocol fingerprint with its parts."""
    interactions = prepared.interactions
    check_sizes(cfg, num_items=interactions.num_items)
    split: Split = instantiate(cfg.split)
    protocol = instantiate(cfg.protocol)
    rows = split(interactions)
    audited = audit(prepared, split, rows)
    log.info("%s", audited)
    parts = fingerprint(prepared.card.sha256, split, protocol)
    cache = Path(cfg.paths.cache).expanduser()

    def targets(of: Targets) -> RankingTargets:
        candidate = protocol.candidates(interactions, rows, of.row, cache, f"{prepared.card.sha256}|{split.describe()}")
        return RankingTargets(interactions, of, cfg.max_history_len, candidate, protocol.filter_seen)

    windows = instantiate(cfg.windows)(interactions.offsets[:-1], rows.train_end, cfg.max_history_len)
    data = RecommenderData(
        interactions=interactions,
        windows=TrainingWindows(interactions, windows),
        val=targets(rows.val),
        test=targets(rows.test),
        rows=rows,
        audit=audited,
        batching=instantiate(cfg.batching),
        batch_size=cfg.batch_size,
        eval_batch_size=cfg.eval_batch_size,
        seed=cfg.seed,
    )
    return data, parts


def build_module(cfg: DictConfig, data: RecommenderData, *, run_hash: str) -> RecommenderModule:
    """The recommender with its initial weights (they depend on the seed alone), its loss and its optimiser."""
    torch.manual_seed(cfg.seed)
    num_items, num_users = data.interactions.num_items, data.interactions.num_users
    recommender = instantiate(cfg.recommender, num_items=num_items, num_users=num_users)
    training = data.training_set()
    recommender.fit(training.item)
    loss = instantiate(cfg.loss)
    loss.prepare(training)
    return RecommenderModule(
        recommender=recommender,
        loss=loss,
        optimizer=instantiate(cfg.optimizer),
        scheduler=instantiate(cfg.scheduler),
        metrics=list(instantiate(cfg.metric).values()),
        ks=list(cfg.ks),
        seed=cfg.seed,
        run_hash=run_hash,
    )


def _prepare(cfg: DictConfig) -> Prepared:
    prepared = prepare(instantiate(cfg.dataset), cache=Path(cfg.paths.cache).expanduser())
    log.info("%s", prepared.card)
    return prepared
