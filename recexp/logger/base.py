"""The interface of loggers, which copy a run's curve and metrics to another place."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig
from pytorch_lightning.loggers import Logger

from recexp.runs.folder import RunFolder
from recexp.runs.leaderboard import Block


class ExperimentLogger(ABC):
    """One object per run. `start` is called before training, `finish` always, also after an error."""

    @abstractmethod
    def start(self, cfg: DictConfig, folder: RunFolder) -> Logger | None:
        """Returns the logger for the Lightning Trainer, or None for no logging."""

    @abstractmethod
    def finish(self, metrics: dict[str, float]) -> None:
        """Logs the final metrics (empty after an error) and releases all resources. May be called without `start`."""

    def leaderboard(self, blocks: Sequence[Block], folder: Path, group: str) -> None:
        """Logs the leaderboard of a sweep, if the logger supports tables. folder: the folder of the sweep."""
        return None


class NoLogger(ExperimentLogger):
    """Logs nothing beside the files of the run folder."""

    def start(self, cfg: DictConfig, folder: RunFolder) -> None:
        return None

    def finish(self, metrics: dict[str, float]) -> None:
        """Does nothing."""
