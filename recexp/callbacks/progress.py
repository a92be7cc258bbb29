"""The progress bar in a terminal: loss, the metric that selects the weights, and positions per second."""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import RichProgressBar

from recexp.callbacks.history import HistoryWriter


class Progress(RichProgressBar):
    """monitor: the validation metric to show. The speed is that of the current epoch."""

    def __init__(self, history: HistoryWriter, *, monitor: str) -> None:
        super().__init__()
        self.history, self.monitor = history, monitor

    def get_metrics(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> dict[str, Any]:
        found = trainer.progress_bar_metrics
        shown = {key: f"{found[key]:.4f}" for key in ("train/loss", self.monitor) if key in found}
        return shown | {"positions/s": f"{self.history.positions_per_s():,.0f}"}
