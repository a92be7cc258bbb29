"""The mixers of the Transformer by name: their classes, and the overrides that choose them."""

import inspect
from typing import Any

from hydra.utils import get_class
from omegaconf import OmegaConf

from recexp.config.compose import conf_dir


def mixer_class(name: str) -> Any:
    return get_class(OmegaConf.load(conf_dir() / "attention" / "mixer" / f"{name}.yaml")["_target_"])


def mixer_overrides(name: str) -> tuple[str, ...]:
    """Without a similarity where the mixer has none."""
    takes_one = "similarity" in inspect.signature(mixer_class(name)).parameters
    return (f"attention/mixer={name}",) if takes_one else (f"attention/mixer={name}", "~attention/similarity")
