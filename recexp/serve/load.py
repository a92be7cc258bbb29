"""Makes a trained model from a run folder."""

from collections.abc import Sequence
from pathlib import Path

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig

from recexp.batching.datamodule import training_set
from recexp.config.explanations import without_wrapping
from recexp.errors import ConfigError
from recexp.experiment import build_recommender
from recexp.features.choice import Features
from recexp.recommender.base import Recommender
from recexp.runs.folder import RunFolder
from recexp.runs.identity import learns
from recexp.runs.kept_data import KeptData
from recexp.runs.record import RunRecord
from recexp.runs.trust import imports_for, read_config
from recexp.runs.versions import explain_other_code
from recexp.serve.model import TrainedModel
from recexp.training.checkpoint import load_weights


def load(folder: str | Path, trust: Sequence[str] = (), *, device: str = "cpu") -> TrainedModel:
    """The model of a finished run. The folder alone is needed, wherever it lies and whatever its name.

    trust: modules whose classes the run may name besides those of recexp, torch and Lightning (T36).
    Raises RunError for a folder that is not of a finished run, was edited or is damaged.
    """
    run, record = RunFolder.of_finished(Path(folder))
    with imports_for(run.path, trust), without_wrapping(), explain_other_code(record.versions, record.git_sha):
        return trained_model(run, record, read_config(run, record, trust=trust), device=device)


def trained_model(folder: RunFolder, record: RunRecord, cfg: DictConfig, *, device: str = "cpu") -> TrainedModel:
    """The model of a run whose config may be trusted."""
    data = folder.read_data(record)
    features = _features(cfg, data)
    return TrainedModel(
        folder=folder,
        record=record,
        config=cfg,
        recommender=_recommender(cfg, folder, record, data, features),
        data=data,
        context=features.context,
        device=_device(device),
    )


def _features(cfg: DictConfig, data: KeptData) -> Features:
    context = set(cfg.features) - set(cfg.dataset.get("features") or {}) if learns(cfg) else set()
    return Features(item=data.item, user=data.user, context=tuple(sorted(context)))


def _recommender(
    cfg: DictConfig, folder: RunFolder, record: RunRecord, data: KeptData, features: Features
) -> Recommender:
    """With the selected weights; one that has no gradient steps is fitted again to the rows that it was fitted to."""
    of = data.interactions
    windows = instantiate(cfg.windows)(of.offsets[:-1], data.train_end, cfg.max_history_len)
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers are none of our business
        training = training_set(of, data.train_end, windows, has_times=data.has_times)
        recommender = build_recommender(cfg, training, features)
    if recommender.learns:
        folder.check_file(record, folder.best)
        load_weights(recommender, folder.best, record.hash)
    return recommender


def _device(name: str) -> torch.device:
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # torch built without CUDA asserts
        raise ConfigError(f"device: got {name!r}, which torch cannot use: {error}") from error
