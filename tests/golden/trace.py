"""The losses of the first ten training steps on ml-latest-small, by the very path that `recexp train` takes.

Small sizes for speed. No dropout: its random stream differs between PyTorch's builds; the initial weights' does not.
"""

import atexit
import functools
import tempfile
from pathlib import Path

import pytorch_lightning as pl
import torch
from hydra.utils import instantiate

from recexp.config.compose import choices, compose
from recexp.data.prepare import prepare
from recexp.experiment import build_data, build_module
from recexp.features.choice import read_features

FILE = Path(__file__).with_name("traces.json")
# What a variant needs to learn something in ten steps, or to do so in little time.
MORE = {
    "autoint": ("loss=sampled_softmax",),
    "carca": ("loss=sampled_softmax",),
    "core": ("scorer=cosine",),
    "dien": ("loss=sampled_softmax", "optimizer.lr=0.01"),
    "dif_sr": ("features=[genres,year]",),
    "eta": ("loss=sampled_softmax", "attention.k=5"),
    "fdsa": ("features=[genres,year]", "fusion=none"),
    "narm": ("optimizer.lr=0.01",),
    "nova": ("features=[genres,year]", "fusion=none"),
    "sdim": ("loss=sampled_softmax",),
    "shan": ("scorer=cosine",),
    "sim": ("loss=sampled_softmax", "attention.k=5"),
    "twin": ("loss=sampled_softmax", "attention.k=5"),
}
# What is traced: every attention, and every other part whose numbers a change of code could move.
TRACED = (
    *((f"attention={name}", *MORE.get(name, ())) for name in choices("attention")),
    ("objective=cloze",),
    *(
        (f"attention/mixer={mixer}", "~attention/similarity")
        for mixer in ("linear", "performer", "linrec", "lightsans", "fmlp", "mamba")
    ),
    ("attention/mixer=local",),
    ("attention/mixer=bsarec",),
    ("attention/position=relative",),
    ("attention/residual=sasrec", "attention/time=buckets"),
    ("attention/mixer=hstu", "~attention/similarity", "attention/feed_forward=none", "attention/position=relative"),
    ("attention/mixer=fuxi", "~attention/similarity", "attention/feed_forward=swiglu"),
    ("attention/mixer=tisasrec", "~attention/similarity", "attention/position=none"),
    ("attention/residual=gated", "attention/feed_forward=swiglu", "optimizer.lr=0.01"),
    ("attention=user", "attention/time=decay"),
    ("attention=item", "attention/pooling=smoothed", "attention/key_bias=time_slope", "attention.num_heads=2"),
    ("attention=item", "attention/pooling=sum", "attention/similarity=activation_unit"),
    ("attention=item", "attention/key_bias=gap", "attention/similarity=concat"),
    ("attention=interaction", "attention/similarity=hadamard"),
)
STEPS = 10
OVERRIDES = (
    "embedding_dim=16", "max_history_len=20", "batch_size=16", "dropout=0.0", "seed=42", "dataset.k_core=10",
    "optimizer.lr=0.03", "trainer.accelerator=cpu", "trainer.max_epochs=1", f"trainer.limit_train_batches={STEPS}",
    "trainer.limit_val_batches=0",
)  # fmt: skip


def name(overrides: tuple[str, ...]) -> str:
    """Of a trace."""
    return " ".join(overrides)


class Losses(pl.Callback):
    """Keeps the loss of every step."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        self.losses.append(outputs["loss"].item())


@functools.cache
def cache() -> Path:
    """A folder in which the data is prepared once; it goes when the process ends."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Path(folder.name)


def loss_trace(overrides: tuple[str, ...]) -> list[float]:
    """In float32 and one thread."""
    torch.set_num_threads(1)
    losses = Losses()
    cfg = compose(*OVERRIDES, *overrides, f"paths.cache={cache()}")
    dataset = instantiate(cfg.dataset)
    prepared = prepare(dataset, cache=cache())
    features = read_features(cfg.features, dataset, prepared)
    data, _ = build_data(cfg, prepared, features)
    module = build_module(cfg, data, features, run_hash="")
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    instantiate(cfg.trainer, callbacks=[losses], logger=False, **quiet).fit(module, data)
    return losses.losses
