"""Logs to TensorBoard. To look at the runs: `tensorboard --logdir runs`."""

from omegaconf import DictConfig
from pytorch_lightning.loggers import TensorBoardLogger

from recexp.errors import ConfigError
from recexp.logger.base import ExperimentLogger
from recexp.runs.folder import RunFolder


class TensorBoard(ExperimentLogger):
    """Writes to `<run>/tensorboard`. Raises ConfigError if tensorboard is not installed."""

    logger: TensorBoardLogger | None = None

    def start(self, cfg: DictConfig, folder: RunFolder) -> TensorBoardLogger:
        try:
            self.logger = TensorBoardLogger(folder.path, name="", version="tensorboard")
        except ModuleNotFoundError as error:
            raise ConfigError(
                "logger=tensorboard needs the package tensorboard: pip install 'recexp[tensorboard]', or choose "
                "logger=wandb, csv or none"
            ) from error
        return self.logger

    def finish(self, metrics: dict[str, float]) -> None:
        if self.logger is not None:
            self.logger.log_metrics(metrics)
            self.logger.finalize("success" if metrics else "failed")
