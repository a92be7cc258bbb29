"""recexp: config-driven experiments that compare attention in recommender systems."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "compose", "train"]


def __getattr__(name: str) -> Any:
    """`recexp.train` and `recexp.compose`, imported when first used: `recexp --help` must not wait for torch."""
    if name == "train":
        from recexp.experiment import run

        return run
    if name == "compose":
        from recexp.config.compose import compose

        return compose
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
