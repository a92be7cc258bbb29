"""What needs no data is built once before any work, so that what it refuses leaves nothing on disk."""

from functools import partial
from typing import Any

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig
from torch.optim import Optimizer

from recexp.errors import ConfigError


def rehearse_trainer(node: DictConfig) -> None:
    """Raises ConfigError, or Hydra's InstantiationException, for what the Trainer cannot do, here or at all."""
    trainer = instantiate(
        node, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False
    )
    if trainer.world_size > 1:
        raise ConfigError(
            f"trainer.devices: got {node.devices!r}, which makes {trainer.world_size} processes, expected one device; "
            "spread runs over devices instead, with trainer.devices=[0], trainer.devices=[1], ..."
        )
    if trainer.fast_dev_run:
        raise ConfigError(
            "trainer.fast_dev_run keeps no weights to test. For a quick try: trainer.max_epochs=1 "
            "trainer.limit_train_batches=2"
        )


def rehearse_learning(cfg: DictConfig) -> None:
    """Raises ConfigError, or Hydra's InstantiationException, for what callbacks, optimiser or scheduler refuse."""
    stopping = instantiate(cfg.callbacks)["early_stopping"]
    measured = [f"val/{key}" for metric in instantiate(cfg.metric).values() for key in metric.cutoffs(cfg.ks)]
    if stopping.monitor not in measured:
        raise ConfigError(
            f"callbacks.early_stopping.monitor: got {stopping.monitor!r}, expected one of {measured}; add its cut-off "
            "to ks or choose another metric"
        )
    instantiate(cfg.scheduler)(_optimizer(instantiate(cfg.optimizer)), total_steps=1)


def _optimizer(make: "partial[Optimizer]") -> Optimizer:
    """An optimiser of one parameter. Its complaint gets the key without which there would be none."""
    parameters = [torch.nn.Parameter(torch.zeros(1))]
    try:
        return make(parameters)
    except Exception as error:
        for key, value in make.keywords.items():
            if _works(make.func, parameters, {name: it for name, it in make.keywords.items() if name != key}):
                raise ConfigError(f"optimizer.{key}: got {value!r}, which the optimiser refuses: {error}") from error
        raise ConfigError(f"optimizer: {error}") from error


def _works(make: Any, parameters: list[torch.nn.Parameter], options: dict[str, Any]) -> bool:
    try:
        make(parameters, **options)
    except Exception:
        return False
    return True
