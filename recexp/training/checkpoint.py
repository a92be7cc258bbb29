"""Checkpoints on disk: written whole or not at all, and good wherever the run folder lies now."""

import io
import zipfile
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch import Tensor, nn

from recexp.errors import RunError
from recexp.files import write_atomically


class AtomicCheckpoints(TorchCheckpointIO):
    """How the Trainer writes and reads them. Its own way leaves a cut file where the disk is full."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        content = io.BytesIO()  # torch, writing to the disk itself, hides the reason when that fails
        torch.save(checkpoint, content)
        write_atomically(Path(path), lambda stream: stream.write(content.getbuffer()))

    def load_checkpoint(
        self, path: Any, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        checkpoint = read_checkpoint(Path(path))
        for state in checkpoint["callbacks"].values():
            if "best_k_models" in state:
                _follow_move(state, Path(path).resolve().parent)
        return checkpoint


def read_checkpoint(file: Path) -> dict[str, Any]:
    """On the CPU, tensors and plain values alone. Raises RunError for a file that is missing or damaged.

    A checkpoint is a zip archive. Its checksums (CRC-32), which torch writes and does not read, are compared first.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if damaged := archive.testzip():
                raise zipfile.BadZipFile(f"{damaged} has another checksum than when it was written")
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
        if not isinstance(checkpoint, dict):
            raise TypeError(f"it holds a {type(checkpoint).__name__}")
        return checkpoint
    except FileNotFoundError as error:
        raise RunError(f"{file} is missing: the run has no weights. Train it anew with force=true.") from error
    except Exception as error:  # torch, zipfile and pickle raise many kinds for a damaged file
        raise RunError(
            f"{file} cannot be read as a checkpoint ({type(error).__name__}): it is damaged. Put a copy in its place, "
            "or train anew with force=true."
        ) from error


def load_weights(recommender: nn.Module, file: Path, run_hash: str) -> None:
    """The recommender takes the weights of a checkpoint of the run `run_hash`.

    Raises RunError for a checkpoint that is missing, damaged, or of another run, and for weights that do not fit.
    """
    checkpoint = read_checkpoint(file)
    check_run(checkpoint, run_hash)
    try:
        recommender.load_state_dict(_weights(checkpoint["state_dict"]))
    except (AttributeError, KeyError, TypeError, RuntimeError) as error:
        raise RunError(
            f"{file} does not hold the weights of the {type(recommender).__name__} that config.yaml describes "
            f"({' '.join(str(error).split()):.300}). Put a copy in its place, or train anew with force=true."
        ) from error


def check_run(checkpoint: dict[str, Any], run_hash: str) -> None:
    """Raises RunError for a checkpoint of another run."""
    if checkpoint.get("run_hash") != run_hash:
        raise RunError(
            f"the checkpoint belongs to run {checkpoint.get('run_hash')!r}, expected {run_hash!r}: it was trained with "
            "another configuration. Use the run's own folder, or force=true to train anew."
        )


def _weights(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The recommender's part of the state of a RecommenderModule."""
    prefix = "recommender."
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}


def _follow_move(state: dict[str, Any], folder: Path) -> None:
    """The state of a ModelCheckpoint, which forgets its best epoch when its folder has another path than before."""

    def here(path: str) -> str:
        return str(folder / Path(path).name) if path else path

    state["dirpath"] = str(folder)
    for key in ("best_model_path", "kth_best_model_path", "last_model_path"):
        state[key] = here(state[key])
    state["best_k_models"] = {here(path): score for path, score in state["best_k_models"].items()}
