"""What every pinned experiment promises: it composes, and each of its keys is one that the program reads."""

import inspect
import re
from typing import Any

import pytest
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from recexp.config.compose import compose
from tests.contract.yamls import CONF, FILES, group_of, is_global, left_to_the_user, load, names

EXPERIMENTS = [file for file in FILES if is_global(file)]


def chosen_by(experiment: DictConfig) -> list[str]:
    """The choices of its defaults list as overrides: `override /dataset: ml-100k` -> `dataset=ml-100k`.

    A group that is left out, as in `override /attention/similarity: null`, is `~attention/similarity`.
    """
    entries = [entry for entry in experiment.get("defaults", []) if isinstance(entry, DictConfig)]
    pairs = [(str(key).removeprefix("override /"), choice) for entry in entries for key, choice in entry.items()]
    return [f"~{group}" if choice is None else f"{group}={choice}" for group, choice in pairs]


def compose_choices(choices: list[str]) -> DictConfig:
    """The config of the choices alone, before the experiment's own values."""
    paths = [re.sub("(@[^=]*)?=", "/", choice) for choice in choices if "=" in choice]  # group@node=name
    files = [CONF / f"{path}.yaml" for path in paths]
    return compose(*choices, *(override for file in files for override in left_to_the_user(file)))


def unknown_keys(deltas: Any, known: Any, prefix: str = "") -> list[str]:
    """Keys of `deltas` that nobody reads. A node that is empty in `known` takes any key."""
    if not isinstance(deltas, DictConfig) or not isinstance(known, DictConfig) or not known:
        return []
    found = []
    for key in map(str, deltas):
        if key not in known:
            found += [] if is_read(deltas, key, known) else [prefix + key]
        elif not (OmegaConf.is_missing(known, key) or OmegaConf.is_interpolation(deltas, key)):
            found += unknown_keys(deltas[key], known[key], f"{prefix}{key}.")
    return found


def is_read(deltas: DictConfig, key: str, known: DictConfig) -> bool:
    """A new key is read when it brings a `_target_`, or is an argument of the `_target_` above it."""
    if isinstance(deltas[key], DictConfig) and "_target_" in deltas[key]:
        return True
    return "_target_" in known and key in inspect.signature(get_object(known["_target_"])).parameters


@pytest.mark.parametrize("file", EXPERIMENTS, ids=names(EXPERIMENTS))
def test_an_experiment_has_no_unknown_key(file):
    """Hydra adds a mistyped key of a yaml without a word (T21)."""
    experiment = load(file)
    known = compose_choices(chosen_by(experiment))
    deltas = OmegaConf.create({str(key): value for key, value in experiment.items() if key != "defaults"})
    assert unknown_keys(deltas, known) == []
    compose(f"{group_of(file)}={file.stem}")


@pytest.mark.parametrize("file", EXPERIMENTS, ids=names(EXPERIMENTS))
def test_expected_bands_are_bands(file):
    """metric -> [least, most], so that a replay can tell (tests/integration/test_experiments.py)."""
    for metric, band in load(file).get("expected", {}).items():
        least, most = band
        assert metric.startswith(("val/", "test/"))
        assert 0 <= least < most <= 1
