"""The mixers of the Transformer by name: their classes, and the overrides that choose them."""

import inspect
from typing import Any

from hydra.utils import get_class
from omegaconf import OmegaConf

from recexp.config.compose import conf_dir

# Sizes small enough for loops, at which all of a mixer's paths are taken.
SMALL = {
    "bsarec": ("attention.mixer.num_frequencies=2",),
    "lightsans": ("attention.mixer.num_interests=3",),
    "local": ("attention.mixer.window=3", "attention.num_blocks=3"),  # together as far as a history is long
    "mamba": ("attention.mixer.state_size=3",),
    "performer": ("attention.mixer.num_features=6",),
}


def mixer_class(name: str) -> Any:
    return get_class(OmegaConf.load(conf_dir() / "attention" / "mixer" / f"{name}.yaml")["_target_"])


def mixer_overrides(name: str) -> tuple[str, ...]:
    """Without a similarity where the mixer has none."""
    takes_one = "similarity" in inspect.signature(mixer_class(name)).parameters
    more = () if takes_one else ("~attention/similarity",)
    return (f"attention/mixer={name}", *more, *SMALL.get(name, ()))
