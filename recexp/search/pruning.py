"""Reports the epochs of a trial to its study, and ends the run if the trial is pruned."""

import pytorch_lightning as pl
from optuna import Trial
from pytorch_lightning.callbacks import Callback

from recexp.callbacks.history import HistoryWriter
from recexp.search.errors import TrialPruned


class Pruning(Callback):
    """Reports the monitored metric of every epoch, also of those before an interruption.

    A trial that ends with the current epoch anyway is not pruned. In a run with several ranks, only the first rank has
    this callback.
    """

    def __init__(self, *, trial: Trial, monitor: str) -> None:
        self.trial, self.monitor = trial, monitor
        self.reported = set(trial.study.get_trials(deepcopy=False)[trial.number].intermediate_values)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.trial.set_user_attr("run", "/".join(_history(trainer).file.parent.parts[-3:]))

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        rows = _history(trainer).rows
        for row in rows:
            if row["epoch"] not in self.reported:
                self.trial.report(row[self.monitor], int(row["epoch"]))
                self.reported.add(int(row["epoch"]))
        ends = trainer.should_stop or trainer.current_epoch + 1 == trainer.max_epochs
        if not ends and self.trial.should_prune():
            raise TrialPruned(f"pruned after epoch {trainer.current_epoch}: {self.monitor} {row[self.monitor]:.4f}")


def _history(trainer: pl.Trainer) -> HistoryWriter:
    (history,) = (it for it in trainer.callbacks if isinstance(it, HistoryWriter))  # type: ignore[attr-defined]
    return history
