"""What a logger is: it mirrors a run's curve and metrics to some other place."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig
from pytorch_lightning.loggers import Logger

from recexp.runs.folder import RunFolder
from recexp.runs.leaderboard import Block


class ExperimentLogger(ABC):
    """One object a run: `start` before training, `finish` in every case, also after an error."""

    @abstractmethod
    def start(self, cfg: DictConfig, folder: RunFolder) -> Logger | None:
        """What the Lightning Trainer logs to; None = nothing."""

    @abstractmethod
    def finish(self, metrics: dict[str, float]) -> None:
        """Takes the final metrics (empty after an error) and lets go of all resources; safe without `start`."""

    def leaderboard(self, blocks: Sequence[Block], folder: Path, group: str) -> None:
        """The table at the end of a sweep, whose files lie in `folder`; a logger may have a place for it."""
        return None


class NoLogger(ExperimentLogger):
    """The run folder's own files are enough."""

    def start(self, cfg: DictConfig, folder: RunFolder) -> None:
        return None

    def finish(self, metrics: dict[str, float]) -> None:
        """Nothing was begun."""
