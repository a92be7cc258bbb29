"""The two checkpoints of a run: the best epoch on validation, and the last epoch, from which a run resumes."""

from pathlib import Path

from pytorch_lightning.callbacks import ModelCheckpoint


def checkpoints(folder: Path, *, monitor: str, mode: str) -> tuple[ModelCheckpoint, ModelCheckpoint]:
    """Callbacks that write best.ckpt (best `monitor`) and last.ckpt (after every epoch) to `folder`."""
    best = ModelCheckpoint(
        dirpath=folder, filename="best", monitor=monitor, mode=mode, save_top_k=1, enable_version_counter=False,
        auto_insert_metric_name=False, save_on_train_epoch_end=True,
    )  # fmt: skip
    last = ModelCheckpoint(
        dirpath=folder, filename="last", monitor=None, save_top_k=1, enable_version_counter=False,
        auto_insert_metric_name=False, save_on_train_epoch_end=True,
    )  # fmt: skip
    return best, last
