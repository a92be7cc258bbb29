"""The training curve: one row per epoch, kept in the checkpoint and written to history.csv."""

import logging
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from recexp.callbacks.energy import EnergyMeter
from recexp.files import write_atomically

log = logging.getLogger(__name__)
WIDTH = 150  # columns of a line of the log
MORE = "  ..."


class HistoryWriter(Callback):
    """Adds a row after each validation, and logs it.

    Columns: epoch, train/loss, val/..., lr, train/seconds (without validation), train/positions_per_s, and, on machines
    with energy counters, train/energy_j (in joules, with validation). The rows are stored in the checkpoint, so a
    resumed run has the same curve as an uninterrupted one.
    """

    def __init__(self, file: Path, *, positions_per_epoch: int, batches_per_epoch: int) -> None:
        self.file, self.positions_per_epoch, self.batches_per_epoch = file, positions_per_epoch, batches_per_epoch
        self.rows: list[dict[str, float]] = []
        self.epoch_start = self.last_step = 0.0
        self.steps = 0
        self.energy = EnergyMeter()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.epoch_start = self.last_step = time.perf_counter()
        self.steps = 0
        self.energy.start()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.last_step = time.perf_counter()
        self.steps += 1

    def positions_per_s(self) -> float:
        """The speed in the current epoch if all its batches have equally many positions; 0 before the first step."""
        seconds = self.last_step - self.epoch_start
        return self.positions_per_epoch * self.steps / self.batches_per_epoch / seconds if seconds else 0.0

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        found = {
            key: float(value) for key, value in trainer.callback_metrics.items() if key.startswith(("train/", "val/"))
        }
        row = {"epoch": trainer.current_epoch, **found, "lr": trainer.optimizers[0].param_groups[0]["lr"]}
        seconds = self.last_step - self.epoch_start
        costs = {"train/seconds": seconds, "train/positions_per_s": self.positions_per_s()}
        joules = self.energy.joules()
        self.rows.append(row | costs | ({} if joules is None else {"train/energy_j": joules}))
        if not trainer.is_global_zero:
            return
        frame = pd.DataFrame(self.rows)
        write_atomically(self.file, lambda stream: stream.write(frame.to_csv(index=False).encode()))
        log.info(self._line(self.rows[-1]))

    def _line(self, row: dict[str, float]) -> str:
        """At most WIDTH columns: metrics that have no room stand in the file alone."""
        start = f"epoch {row['epoch']:>3}  loss {row.get('train/loss', float('nan')):.4f}  val"
        end = f"  {row['train/positions_per_s']:,.0f} positions/s"
        val = [f"  {key.removeprefix('val/')} {value:.4f}" for key, value in row.items() if key.startswith("val/")]
        line = start + "".join(val) + end
        while val and len(line) > WIDTH:
            val.pop()
            line = start + "".join(val) + MORE + end
        return line

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = list(state_dict["rows"])
