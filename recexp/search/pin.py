"""Writes a configuration as a pinned experiment: the choices and values that differ from conf/train.yaml."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from recexp.config.compose import compose, conf_dir, parse
from recexp.runs.identity import NOT_IN_RESULT
from recexp.search.space import as_override

WIDTH = 116  # characters in a line of the comment
# Of `local` and `experiment`, what they choose and change is pinned, not their names.
NOT_PINNED = (*NOT_IN_RESULT, "local", "experiment")


def pinned(overrides: Sequence[str], comment: Sequence[str]) -> str:
    """The text of conf/experiment/NAME.yaml with which `recexp train experiment=NAME` is the run of `overrides`."""
    cfg = _compose(overrides)
    choices = _choices(cfg, overrides)
    # Outer groups come first, because each chooses its own nested groups.
    groups = _others({group: it for group, it in choices.items() if "/" not in group}, _choices(_compose([]), []))
    base = _compose(_as_overrides(groups))
    if nested := _others(choices, _choices(base, _as_overrides(groups))):
        groups |= nested
        base = _compose(_as_overrides(groups))
    defaults = {"defaults": [{f"override /{group}": choice} for group, choice in groups.items()]} if groups else {}
    deltas = _differences(_plain(cfg), _plain(base))
    lines = ["@package _global_", *(line for text in comment for line in textwrap.wrap(text, WIDTH))]
    return "".join(f"# {line}\n" for line in lines) + OmegaConf.to_yaml(OmegaConf.create(defaults | deltas))


def compose_pinned(file: Path) -> DictConfig:
    """The config of `recexp train --config-dir FOLDER experiment=NAME` for FOLDER/experiment/NAME.yaml."""
    folder = file.parent.parent.absolute()
    return compose(f'hydra.searchpath=["file://{folder}"]', f"experiment={file.stem}")


def _choices(cfg: DictConfig, overrides: Sequence[str]) -> dict[str, Any]:
    """The choice of each group in `cfg`, which was composed from `overrides`."""
    found = dict(cfg.hydra.runtime.choices)
    for override in parse(overrides):
        if isinstance(override.value(), list) and (conf_dir() / override.key_or_group).is_dir():
            found[override.key_or_group] = override.value()  # Hydra does not report groups with several choices
    return {group: choice for group, choice in found.items() if group.partition("/")[0] not in NOT_PINNED}


def _others(choices: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    return {group: choice for group, choice in choices.items() if choice != usual.get(group)}


def _as_overrides(choices: Mapping[str, Any]) -> list[str]:
    return [as_override(group, choice) for group, choice in choices.items()]


def _compose(overrides: Sequence[str]) -> DictConfig:
    """The config with Hydra's own node; mandatory values may be missing."""
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return hydra_compose("train", list(overrides), return_hydra_config=True)


def _plain(cfg: DictConfig) -> dict[str, Any]:
    """The config as a dictionary; interpolations are not resolved."""
    plain: Any = OmegaConf.to_container(cfg)
    return {key: value for key, value in plain.items() if key not in NOT_PINNED}


def _differences(values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `values` that differs from `base`."""
    found = {}
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            if inner := _differences(value, base[key]):
                found[key] = inner
        elif key not in base or value != base[key]:
            found[key] = value
    return found
