"""The yaml files of conf/: what stands in them is tested as it is found, so that a new file needs no edit here."""

import re
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from recexp.config.compose import conf_dir

CONF = conf_dir()
FILES = sorted(file for file in CONF.rglob("*.yaml") if "local" not in file.parts)  # local: of this machine alone


def load(file: Path) -> DictConfig:
    cfg = OmegaConf.load(file)
    assert isinstance(cfg, DictConfig)
    return cfg


def group_of(file: Path) -> str:
    """`attention/similarity` of conf/attention/similarity/dot.yaml; empty for a command's own yaml."""
    return file.parent.relative_to(CONF).as_posix().removeprefix(".")


def is_global(file: Path) -> bool:
    """A pinned experiment: it may change any group."""
    return re.search(r"^# *@package +_global_", file.read_text(), re.MULTILINE) is not None


def names(files: list[Path]) -> list[str]:
    """Names of test cases."""
    return [file.relative_to(CONF).with_suffix("").as_posix() for file in files]


def left_to_the_user(file: Path) -> list[str]:
    """Overrides that give a value to what a group's yaml demands, such as the path of a file."""
    own, node = load(file), group_of(file).replace("/", ".")
    return [f"{node}.{key}=given" for key in own if OmegaConf.is_missing(own, key)]


def as_written(file: Path) -> dict[Any, Any]:
    """Its keys and values, less the defaults list and what is left to the user."""
    written: Any = OmegaConf.to_container(load(file))
    return {key: value for key, value in written.items() if key != "defaults" and value != "???"}
