"""Reads the command line of a search: its own options, and the overrides of `recexp train` for every trial."""

import re
import shlex
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from recexp.checks import check_whole
from recexp.config.compose import compose, conf_dir, known_keys, parse
from recexp.config.explanations import explain, unknown_key
from recexp.errors import ConfigError
from recexp.search.space import Distribution, as_override, first_values, read_space

PARTS = {"overrides": list, "space": dict, "sampler": dict, "pruner": dict}  # of a search space
OWN = ("search_space", "trials", "storage", "output")


@dataclass(frozen=True)
class Settings:
    """The settings of a search.

    search_space: the name of the space. node: its composed yaml. overrides: those of `recexp train` that all trials
    share. cfg: the config composed from them. space: the parameters that are searched. trials: the total of the study.
    storage: the URL of the database, or None for SQLite. output: a file for the best configuration, or None.
    command: the command as typed, without the storage, which may hold a password.
    """

    search_space: str
    node: dict[str, Any]
    overrides: tuple[str, ...]
    cfg: DictConfig
    space: dict[str, Distribution]
    trials: int
    storage: str | None
    output: Path | None
    command: str

    @property
    def monitor(self) -> str:
        """The validation metric that the search optimises."""
        return self.cfg.callbacks.early_stopping.monitor


def read_settings(arguments: Sequence[str]) -> Settings:
    """Reads the arguments of `recexp search`. Raises ConfigError; writes nothing."""
    given = parse(_with_config_dir(arguments))
    for override in given:
        if override.is_sweep_override():
            raise ConfigError(
                f"{override.input_line}: got several values, expected one. The values to search belong into a "
                "search space: conf/search_space/NAME.yaml"
            )
    own = {override.key_or_group: override for override in given if _root(override) in OWN}
    fixed = [override for override in given if _root(override) not in OWN]
    places = [override for override in fixed if override.key_or_group == "hydra.searchpath"]
    search = _compose([str(override.input_line) for override in (*own.values(), *places)])
    check_whole("trials", search.trials, least=1)
    output = _yaml_file(search.output)
    search_space, node = str(own["search_space"].value()), _plain(search.search_space)
    _check_search_space(search_space, node)
    for override in fixed:
        node["space"].pop(override.key_or_group, None)
    overrides = (*node["overrides"], *(str(override.input_line) for override in fixed))
    _check_spelling(fixed)
    cfg, space = compose(*overrides), read_space(search_space, node["space"])
    _check_keys(search_space, overrides, space)
    if cfg.force:
        raise ConfigError("force=true: a study is always continued; to start over, remove its folder (see the output)")
    return Settings(
        search_space=search_space,
        node=node,
        overrides=overrides,
        cfg=cfg,
        space=space,
        trials=search.trials,
        storage=search.storage,
        output=output,
        command=shlex.join(["recexp", "search", *(text for text in arguments if not text.startswith("storage="))]),
    )


def _with_config_dir(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--config-dir FOLDER` replaced by Hydra's override hydra.searchpath."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config-dir")
    flags, overrides = parser.parse_known_args(list(arguments))
    if flags.config_dir is not None:
        overrides.append(f"hydra.searchpath=['file://{Path(flags.config_dir).expanduser().absolute()}']")
    return overrides


def _root(override: Override) -> str:
    return re.split("[./@]", override.key_or_group)[0]


def _compose(overrides: list[str]) -> DictConfig:
    try:
        with initialize_config_dir(str(conf_dir()), version_base="1.3"):
            return hydra_compose("search", overrides)
    except Exception as error:
        message = explain(error, lambda _: [*OWN, "search_space.sampler", "search_space.pruner", "search_space.space"])
        if message is None:
            raise
        raise ConfigError(message) from error


def _plain(node: DictConfig) -> Any:
    return OmegaConf.to_container(node, resolve=True, throw_on_missing=True)


def _check_search_space(search_space: str, node: Any) -> None:
    for key, kind in PARTS.items():
        if not isinstance(node, dict) or not isinstance(node.get(key), kind):
            raise ConfigError(
                f"conf/search_space/{search_space}.yaml: expected a {kind.__name__} named {key}, as in "
                "conf/search_space/transformer.yaml"
            )
    check_whole("search_space.sampler.seed", node["sampler"].get("seed"), least=0)


def _check_spelling(fixed: Sequence[Override]) -> None:
    """Raises ConfigError for a misspelt option of the search, such as `trails=5`."""
    for key in (override.key_or_group for override in fixed):
        if get_close_matches(key, OWN) and key not in known_keys([], without=key):
            raise ConfigError(unknown_key(key, OWN))


def _check_keys(search_space: str, overrides: Sequence[str], space: dict[str, Distribution]) -> None:
    try:
        compose(*overrides, *(as_override(key, value) for key, value in first_values(space).items()))
    except ConfigError as error:
        raise ConfigError(f"search_space={search_space}, space: {error}") from error


def _yaml_file(value: object) -> Path | None:
    if value is None:
        return None
    file = Path(str(value)).expanduser()
    if file.suffix != ".yaml":
        raise ConfigError(f"output: got {str(value)!r}, expected the name of a file that ends in .yaml")
    return file
