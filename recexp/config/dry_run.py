"""What needs no data is built once before any work, so that what it refuses leaves nothing on disk."""

import sys
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig
from pytorch_lightning.strategies.launchers.multiprocessing import _MultiProcessingLauncher
from torch.optim import Optimizer

from recexp.config.validation import AMPLE_HISTORY_LEN
from recexp.errors import ConfigError

FEW = 1_000  # items and users: too few to cost time, and enough for what a constructor compares with their number


def dry_run_parts(cfg: DictConfig) -> None:
    """Raises ConfigError, or Hydra's InstantiationException, for what dataset, split, protocol, windows, batching,
    metrics or recommender refuse, each alone or together.
    """
    cfg = deepcopy(cfg)  # longer histories may be refused later, by the dataset; here they would cost memory
    cfg.max_history_len = min(cfg.max_history_len, AMPLE_HISTORY_LEN)
    for group in ("dataset", "split", "protocol", "batching", "metric"):
        instantiate(cfg[group])
    instantiate(cfg.windows)(np.array([0]), np.array([2]), cfg.max_history_len)
    instantiate(cfg.recommender, num_items=FEW, num_users=FEW)


def dry_run_trainer(node: DictConfig) -> None:
    """Raises ConfigError, or Hydra's InstantiationException, for what the Trainer cannot do, here or at all."""
    trainer = _trainer(node)
    if trainer.world_size > 1:
        _check_ranks(trainer)
    if trainer.fast_dev_run:
        raise ConfigError(
            "trainer.fast_dev_run keeps no weights to test. For a quick try: trainer.max_epochs=1 "
            "trainer.limit_train_batches=2"
        )


def processes_to_start(node: DictConfig) -> int:
    """Of a run on this machine; 1 where torchrun or srun has started all, or there is one device."""
    trainer = _trainer(node)
    environment = getattr(trainer.strategy, "cluster_environment", None)
    return 1 if environment is None or environment.creates_processes_externally else trainer.num_devices


def _trainer(node: DictConfig) -> Any:
    return instantiate(
        node, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False
    )


def _check_ranks(trainer: Any) -> None:
    """Each rank has to be a process that runs nothing but this run."""
    if isinstance(trainer.strategy.launcher, _MultiProcessingLauncher):
        raise ConfigError(
            f"trainer.strategy: got {trainer.strategy.strategy_name}, which copies a running process, expected "
            "trainer=ddp or trainer=fsdp"
        )
    if trainer.num_nodes > 1 and not trainer.strategy.cluster_environment.creates_processes_externally:
        raise ConfigError(
            f"trainer.num_nodes: got {trainer.num_nodes} and no process on the other machines; start the command on "
            "each with torchrun, or all with srun: see docs/cluster.md"
        )


def dry_run_learning(cfg: DictConfig) -> None:
    """Raises ConfigError, or Hydra's InstantiationException, for what callbacks, optimiser or scheduler refuse."""
    stopping = instantiate(cfg.callbacks)["early_stopping"]
    measured = [f"val/{key}" for metric in instantiate(cfg.metric).values() for key in metric.cutoffs(cfg.ks)]
    if stopping.monitor not in measured:
        raise ConfigError(
            f"callbacks.early_stopping.monitor: got {stopping.monitor!r}, expected one of {measured}; add its cut-off "
            "to ks or choose another metric"
        )
    # How many steps there will be only the dataset can tell.
    instantiate(cfg.scheduler)(_optimizer(instantiate(cfg.optimizer)), total_steps=sys.maxsize)


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
