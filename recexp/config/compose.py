"""Finds conf/, composes it, and refuses what Hydra would accept in silence (T21)."""

import inspect
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from recexp.config.explanations import explain, unknown_key
from recexp.errors import ConfigError, suggest


def conf_dir() -> Path:
    """conf/ inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    return package / "conf" if (package / "conf").exists() else package.parent / "conf"


def choices(group: str) -> list[str]:
    """Names of the yaml files of a config group, such as "dataset"."""
    return sorted(file.stem for file in (conf_dir() / group).glob("*.yaml"))


def compose(*overrides: str) -> DictConfig:
    """The config that `recexp train <overrides>` runs. Raises ConfigError."""
    try:
        parse(overrides)
        cfg = _compose(overrides)
        check(cfg, overrides)
    except Exception as error:
        message = explain(error, lambda without: known_keys(overrides, without))
        if message is None:
            raise
        raise ConfigError(message) from error
    return cfg


def compose_only(keys: Sequence[str], overrides: Sequence[str]) -> DictConfig:
    """`compose`, for a command that knows no more than some top-level `keys`; others are unknown to it."""
    for override in parse(overrides):
        if re.split("[./@]", override.key_or_group)[0] not in keys:
            raise ConfigError(unknown_key(override.key_or_group, keys))
    return compose(*overrides)


def overrides_among(arguments: Sequence[str]) -> list[str]:
    """Those that are not Hydra's flags, nor values of its flags."""
    return [argument for argument in arguments if "=" in argument and not argument.startswith("-")]


def parse(overrides: Sequence[str]) -> list[Override]:
    """Overrides in Hydra's grammar. Raises ConfigError, also for a config group that is set to null."""
    try:
        parsed = OverridesParser.create().parse_overrides(list(overrides))
    except Exception as error:
        raise ConfigError(explain(error, list) or str(error)) from error
    for override in parsed:
        _refuse_null_choice(override)
    return parsed


def _refuse_null_choice(override: Override) -> None:
    group = override.key_or_group
    value = override.value()
    values = value.list if isinstance(value, ChoiceSweep) else [value]
    if (conf_dir() / group).is_dir() and any(it is None for it in values) and not override.is_delete():
        raise ConfigError(f"{group}: got null, expected one of: {', '.join(choices(group))}")


@cache
def _needed_groups() -> tuple[str, ...]:
    """Those of which conf/train.yaml has a choice in every config."""
    train: Any = OmegaConf.to_container(OmegaConf.load(conf_dir() / "train.yaml"))
    chosen = [pair for entry in train["defaults"] if isinstance(entry, dict) for pair in entry.items()]
    return tuple(
        group for group, choice in chosen if choice is not None and group != "hydra" and (conf_dir() / group).is_dir()
    )


def known_keys(overrides: Sequence[str], without: str) -> list[str]:
    """All keys of the config of `overrides`, the one named `without` and sweeps left out, and all config groups."""
    kept = [override for override in parse(overrides) if override.key_or_group != without]
    try:
        cfg = _compose([str(override.input_line) for override in kept if not override.is_sweep_override()])
    except Exception:  # another mistake beside the first
        cfg = _compose([])
    groups = {folder.relative_to(conf_dir()).as_posix() for folder in conf_dir().rglob("*/")}
    return sorted({*_keys(cfg, ""), *groups} - {"hydra", "local"})


def check(cfg: DictConfig, overrides: Sequence[str]) -> None:
    """Raises ConfigError for a key that was added (`+foo=1`) where nobody reads it, and for a group in dots.

    An error of OmegaConf's where a value is missing or points nowhere.
    """
    for group in _needed_groups():
        if not isinstance(cfg.get(group), DictConfig):
            raise ConfigError(f"{group}: got nothing, expected one of: {', '.join(choices(group))}")
    OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    for key, folder in cfg.paths.items():
        if not isinstance(folder, str) or not folder:
            raise ConfigError(f"paths.{key}: got {folder!r}, expected a folder: paths.{key}=FOLDER")
    for override in parse(overrides):
        key = override.key_or_group
        if (conf_dir() / key).is_dir() or override.is_delete():
            continue
        if "." in key and (conf_dir() / key.replace(".", "/")).is_dir():
            raise ConfigError(f"{key} is a config group; write {key.replace('.', '/')}={override.get_value_string()}")
        if override.is_add() or override.is_force_add():
            _check_added(cfg, key, known_keys(overrides, without=key))


def _check_added(cfg: DictConfig, key: str, known: Sequence[str]) -> None:
    """Someone reads an added key if it is an argument of the `_target_` above it, or has a `_target_` of its own."""
    parent, _, name = key.rpartition(".")
    node = OmegaConf.select(cfg, parent) if parent else cfg
    if key in known or name.startswith("_") or _has_target(node[name]):
        return
    if not _has_target(node):
        raise ConfigError(unknown_key(key, known))
    arguments = _optional_arguments(node["_target_"])
    if arguments is not None and name not in arguments:
        hint = suggest(name, arguments) if arguments else "Its keys are all in the yaml."
        raise ConfigError(f"{key}: {node['_target_']} takes no argument {name!r}. {hint}")


def _optional_arguments(target: str) -> list[str] | None:
    """What may be passed to the `_target_` beside what yaml and program pass anyway; None when it takes any name."""
    parameters = inspect.signature(get_object(target)).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters if parameter.default is not parameter.empty]


def _compose(overrides: Iterable[str]) -> DictConfig:
    """Also inside a program that Hydra runs, which has the one instance that Hydra allows."""
    running = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(conf_dir()), version_base="1.3"):
            return hydra_compose("train", list(overrides))
    finally:
        GlobalHydra.instance().hydra = running


def _keys(cfg: DictConfig, prefix: str) -> list[str]:
    """Dotted, parents before children; what an interpolation points to has its keys there."""
    found = []
    for key in map(str, cfg):
        if not key.startswith("_"):
            found.append(prefix + key)
        if not OmegaConf.is_interpolation(cfg, key) and isinstance(cfg.get(key), DictConfig):
            found += _keys(cfg[key], f"{prefix}{key}.")
    return found


def _has_target(node: Any) -> bool:
    return isinstance(node, DictConfig) and "_target_" in node
