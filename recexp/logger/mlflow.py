"""Logs to MLflow. To look at the runs: `mlflow ui --backend-store-uri sqlite:///runs/mlflow.db`."""

from pathlib import Path

from omegaconf import DictConfig
from pytorch_lightning.loggers import MLFlowLogger

from recexp.errors import ConfigError
from recexp.logger.base import ExperimentLogger
from recexp.runs.folder import RunFolder
from recexp.runs.identity import run_label


class MLflow(ExperimentLogger):
    """One MLflow run per job, tagged with its group. Raises ConfigError if mlflow is not installed.

    experiment: the MLflow experiment. tracking_uri: the address of a server or a database; None = SQLite in
    `paths.runs`. name, group: of the run; None = its label and seed, its label.
    """

    logger: MLFlowLogger | None = None

    def __init__(self, *, experiment: str, tracking_uri: str | None, name: str | None, group: str | None) -> None:
        self.experiment, self.tracking_uri, self.name, self.group = experiment, tracking_uri, name, group

    def start(self, cfg: DictConfig, folder: RunFolder) -> MLFlowLogger:
        runs = Path(cfg.paths.runs).expanduser().absolute()
        try:
            self.logger = MLFlowLogger(
                experiment_name=self.experiment,
                tracking_uri=self.tracking_uri or f"sqlite:///{runs}/mlflow.db",
                run_name=self.name or f"{run_label(cfg)} seed{cfg.seed}",
                tags={"group": self.group or run_label(cfg), "hash": folder.hash},
            )
        except ModuleNotFoundError as error:
            raise ConfigError(
                "logger=mlflow needs the package mlflow: pip install 'recexp[mlflow]', or choose logger=wandb, "
                "tensorboard, csv or none"
            ) from error
        return self.logger

    def finish(self, metrics: dict[str, float]) -> None:
        if self.logger is not None:
            self.logger.log_metrics(metrics)
            self.logger.finalize("success" if metrics else "failed")
