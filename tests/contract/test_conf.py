"""What every yaml of a config group promises: it composes, it arrives as written, it changes its own group alone."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig, OmegaConf

from recexp.configuration import compose
from tests.contract.yamls import CONF, FILES, group_of, is_global, left_to_the_user, load, names

CHOICES = [file for file in FILES if group_of(file) and not is_global(file)]
compose_once = cache(compose)


def where_the_group_is(group: str) -> tuple[str, ...]:
    """Overrides under which the config has `group`: a nested one (`loss/negatives`) needs a parent that uses it."""
    parent, _, child = group.rpartition("/")
    if not parent:
        return ()
    for file in sorted((CONF / parent).glob("*.yaml")):
        if any(child in entry for entry in load(file).get("defaults", [])):
            return (f"{parent}={file.stem}",)
    raise AssertionError(f"no yaml of {parent} uses {group}")


def without(cfg: DictConfig, node: str) -> Any:
    """The config as plain data, unresolved, less one node."""
    plain: Any = OmegaConf.to_container(cfg)
    *parents, last = node.split(".")
    place = plain
    for name in parents:
        place = place[name]
    place.pop(last, None)
    return plain


def as_written(file: Path) -> dict[Any, Any]:
    """Its keys and values, less the defaults list and what is left to the user."""
    written: Any = OmegaConf.to_container(load(file))
    return {key: value for key, value in written.items() if key != "defaults" and value != "???"}


@pytest.mark.parametrize("file", CHOICES, ids=names(CHOICES))
def test_a_choice_changes_its_own_group_alone(file):
    group = group_of(file)
    node, parent = group.replace("/", "."), where_the_group_is(group)
    chosen = compose(*parent, f"{group}={file.stem}", *left_to_the_user(file))
    assert without(chosen, node) == without(compose_once(*parent), node)
    if group != "hydra":  # Hydra takes its own node out of the config
        found: Any = OmegaConf.to_container(OmegaConf.select(chosen, node))
        assert found | as_written(file) == found
