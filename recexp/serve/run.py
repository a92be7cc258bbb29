"""A finished run, as `recexp.train` gives it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig
from pytorch_lightning.callbacks import Callback

from recexp.config.compose import compose
from recexp.config.explanations import without_wrapping
from recexp.errors import ConfigError
from recexp.experiment import run
from recexp.runs.folder import RunFolder
from recexp.runs.record import RunRecord
from recexp.serve.load import trained_model
from recexp.serve.model import TrainedModel


@dataclass(frozen=True, eq=False)
class Run:
    """folder: absolute. record: what tables read. config: the one that it was trained with."""

    folder: Path
    record: RunRecord
    config: DictConfig

    @property
    def metrics(self) -> dict[str, float]:
        """Such as `test/ndcg@10`, `val/hr@10`, `train/seconds`."""
        return self.record.metrics

    @property
    def ranks(self) -> pd.DataFrame:
        """ranks.parquet: a row a target with user, target, higher, equal, candidates, history_len."""
        return RunFolder(self.folder).read_ranks(self.record)

    def model(self, *, device: str = "cpu") -> TrainedModel:
        """With the selected weights."""
        return trained_model(RunFolder(self.folder), self.record, self.config, device=device)


def train(*experiment: str | DictConfig, callbacks: Sequence[Callback] = ()) -> Run:
    """Trains what overrides, or one composed config, describe; a run that is finished already is read instead.

    callbacks: of Lightning's Trainer. Raises RecexpError (ConfigError, DataError, RunError) for what the user can mend.
    """
    cfg = _config(experiment)
    with without_wrapping():
        record = run(cfg, callbacks)
    folder = Path(cfg.paths.runs).expanduser().absolute() / record.run
    return Run(folder, record, cfg)


def _config(experiment: Sequence[str | DictConfig]) -> DictConfig:
    if len(experiment) == 1 and isinstance(experiment[0], DictConfig):
        return experiment[0]
    overrides = [word for word in experiment if isinstance(word, str)]
    if len(overrides) < len(experiment):
        raise ConfigError("train: got a config among other arguments, expected overrides, or one config alone")
    return compose(*overrides)
