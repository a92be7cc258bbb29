"""One experiment, from a composed config to a record: prepare, split, batch, score, rank, record."""

import logging
from collections.abc import Sequence
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig
from pytorch_lightning.callbacks import Callback

from recexp.batching.batches import RankingTargets, TrainingWindows
from recexp.batching.datamodule import RecommenderData
from recexp.batching.histories import HistoryBuilder
from recexp.config.dry_run import dry_run_learning, dry_run_parts, dry_run_trainer
from recexp.config.validation import check_config, check_learning, check_sizes
from recexp.data.interactions import BY_FILE, Prepared
from recexp.data.prepare import prepare
from recexp.data.titles import item_titles
from recexp.data.training_set import TrainingSet
from recexp.distributed.start import in_one_process, other_ranks
from recexp.errors import ConfigError, DataError, RunError
from recexp.features.choice import NO_FEATURES, Features, check_features, read_features
from recexp.features.context import ContextCodes
from recexp.logs import without_noise
from recexp.protocol.base import Period
from recexp.protocol.fingerprint import fingerprint
from recexp.recommender.base import Recommender
from recexp.runs.folder import RunFolder
from recexp.runs.identity import learns
from recexp.runs.kept_data import KeptData
from recexp.runs.record import RunRecord, make_record
from recexp.runs.worker_rank_folder import own_folder
from recexp.split.audit import audit, check_times
from recexp.split.base import Split, Targets, is_training
from recexp.training.loop import evaluate_checkpoint, train_and_test
from recexp.training.module import RecommenderModule

log = logging.getLogger(__name__)


@without_noise()
def run(cfg: DictConfig, callbacks: Sequence[Callback] = ()) -> RunRecord:
    """Trains and evaluates what `cfg` (composed from conf/train.yaml) describes, or reports it when it is done.

    callbacks: of the Trainer, beside those of `cfg`; they watch, and change no result.
    Raises RecexpError (ConfigError, DataError, RunError) for what the user can mend.
    """
    check(cfg)
    started = datetime.now(timezone.utc)
    prepared = _prepare(cfg)
    log.info("%s", prepared.card)
    features = _features(cfg, prepared)
    sha256 = prepared.card.sha256 + features.sha256()
    folder = own_folder(cfg, sha256)
    if record := _finished(cfg, folder):  # before the lock, which a folder that cannot be written has not
        return record
    data, protocol = build_data(cfg, prepared, features)
    module = build_module(cfg, data, features, run_hash=folder.hash)
    with folder.lock():
        if record := _finished(cfg, folder):  # by another process while this one waited for the lock
            return record
        folder.start(cfg)
        folder.write_audit(data.audit)
        folder.keep_data(partial(_kept_data, cfg, data, features))
        with other_ranks(cfg, folder.config):
            metrics, ranks = train_and_test(cfg, folder, module, data, callbacks)
        record = make_record(cfg, folder.path, data_sha256=sha256, metrics=metrics, protocol=protocol, started=started)
        return folder.write(record, metrics, ranks)


@without_noise()
def evaluate(
    cfg: DictConfig, folder: RunFolder, record: RunRecord, *, trained: DictConfig
) -> tuple[dict[str, float], dict[str, Any]]:
    """Metrics of a finished run's selected weights under `cfg`'s split and protocol, and that protocol.

    trained: the config of the run.
    """
    check_config(cfg)
    dry_run_parts(cfg)
    if learns(cfg):
        folder.check_file(record, folder.best)
    cfg = in_one_process(cfg)
    prepared = _prepare(cfg)
    log.info("%s", prepared.card)
    features = _features(cfg, prepared)
    _check_same_data(prepared.card.sha256 + features.sha256(), record)
    data, protocol = build_data(cfg, prepared, features)
    _refuse_what_was_learned(trained.split, data)
    module = build_module(cfg, data, features, run_hash=record.hash)
    return evaluate_checkpoint(cfg, folder, module, data), protocol


def _check_same_data(sha256: str, record: RunRecord) -> None:
    """The weights belong to the ids of the data they were trained on."""
    if sha256 != record.data_sha256:
        raise RunError(
            f"dataset {record.dataset!r} is not the one that the run was trained on, or what is known of its items and "
            f"users is not: got SHA-256 {sha256}, expected {record.data_sha256}. Point paths.data to the same files, "
            "or train anew."
        )


def _refuse_what_was_learned(trained: DictConfig, data: RecommenderData) -> None:
    """Weights are not tested under a split that keeps apart what they have learned. trained: the split they had."""
    split: Split = instantiate(trained)
    learned = is_training(data.interactions, split(data.interactions))
    apart = learned & ~is_training(data.interactions, data.rows)
    if apart.any():
        raise ConfigError(
            f"split: {apart.sum() / learned.sum():.1%} of what the run was trained on (by {split.describe()}) is kept "
            "apart from training by the other split. Train under that one: recexp train split=..."
        )


def check(cfg: DictConfig) -> None:
    """Refuses what can be refused before any work, so that it leaves nothing on disk."""
    check_config(cfg)
    check_features(cfg.features, cfg.dataset.name, cfg.dataset.get("features") or {})
    dry_run_parts(cfg)
    dry_run_trainer(cfg.trainer)
    if learns(cfg):
        check_learning(cfg)
        dry_run_learning(cfg)


def build_data(
    cfg: DictConfig, prepared: Prepared, features: Features = NO_FEATURES
) -> tuple[RecommenderData, dict[str, Any]]:
    """Split and batch: the data module, and the protocol fingerprint with its parts."""
    interactions = prepared.interactions
    check_sizes(cfg, num_items=interactions.num_items, longest=prepared.card.history_max)
    split: Split = instantiate(cfg.split)
    protocol = instantiate(cfg.protocol)
    check_times(prepared, split)
    rows = split(interactions)
    audited = audit(prepared, split, rows)
    log.info("%s", audited)
    parts = fingerprint(prepared.card.sha256, split, protocol)
    cache = Path(cfg.paths.cache).expanduser()
    contexts = ContextCodes(interactions, features.context) if features.context else None
    build = HistoryBuilder(interactions, has_times=prepared.card.order != BY_FILE, contexts=contexts)

    def targets(of: Targets, period: Period) -> RankingTargets:
        key = f"{prepared.card.sha256}|{split.describe()}"
        return RankingTargets(
            interactions,
            of,
            build,
            max_history_len=cfg.max_history_len,
            candidate=protocol.candidates(interactions, rows, of.row, period, cache, key),
            filter_seen=protocol.filter_seen,
        )

    windows = instantiate(cfg.windows)(interactions.offsets[:-1], rows.train_end, cfg.max_history_len)
    if learns(cfg) and not len(windows.start):
        raise DataError(
            f"dataset {cfg.dataset.name!r} has nothing to learn from: no user has 2 training interactions, the first "
            f"to tell the second (split: {split.describe()}). Loosen dataset.min_rating or dataset.k_core, or choose "
            "another split."
        )
    data = RecommenderData(
        interactions=interactions,
        windows=TrainingWindows(interactions, windows, build),
        val=targets(rows.val, "validation"),
        test=targets(rows.test, "test"),
        rows=rows,
        audit=audited,
        batching=instantiate(cfg.batching),
        batch_size=cfg.batch_size,
        eval_batch_size=cfg.eval_batch_size,
        seed=cfg.seed,
    )
    return data, parts


def build_module(
    cfg: DictConfig, data: RecommenderData, features: Features = NO_FEATURES, *, run_hash: str
) -> RecommenderModule:
    """The recommender with its initial weights and its optimiser."""
    return RecommenderModule(
        recommender=build_recommender(cfg, data.training_set(), features),
        num_items=data.interactions.num_items,
        optimizer=instantiate(cfg.optimizer),
        scheduler=instantiate(cfg.scheduler),
        metrics=list(instantiate(cfg.metric).values()),
        ks=sorted(set(cfg.ks)),
        seed=cfg.seed,
        run_hash=run_hash,
    )


def build_recommender(cfg: DictConfig, training: TrainingSet, features: Features) -> Recommender:
    """The recommender, fitted, with its initial weights; they depend on the seed alone."""
    torch.manual_seed(cfg.seed)
    recommender = instantiate(cfg.recommender, num_items=training.num_items, num_users=training.num_users)
    if features.names():
        recommender.add_features(features, instantiate(cfg.fusion))
    recommender.fit(training)
    return recommender


def _kept_data(cfg: DictConfig, data: RecommenderData, features: Features) -> KeptData:
    dataset, cache = instantiate(cfg.dataset), Path(cfg.paths.cache).expanduser()
    return KeptData(
        interactions=data.interactions,
        train_end=data.rows.train_end,
        has_times=data.windows.build.has_times,
        item=features.item,
        user=features.user,
        titles=item_titles(dataset, data.interactions, cache=cache),
    )


def _finished(cfg: DictConfig, folder: RunFolder) -> RunRecord | None:
    record = None if cfg.force else folder.finished()
    if record is not None:
        log.info("already finished: %s", folder.path)
    return record


def _features(cfg: DictConfig, prepared: Prepared) -> Features:
    return read_features(cfg.features, instantiate(cfg.dataset), prepared) if learns(cfg) else NO_FEATURES


def data_sha256(cfg: DictConfig) -> str:
    """Of all that a run reads; with the config it tells the run's folder."""
    prepared = _prepare(cfg)
    return prepared.card.sha256 + _features(cfg, prepared).sha256()


def _prepare(cfg: DictConfig) -> Prepared:
    return prepare(instantiate(cfg.dataset), cache=Path(cfg.paths.cache).expanduser())
