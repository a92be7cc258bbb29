"""What every yaml of a config group promises: it composes, it arrives as written, it changes its own group alone.

Hydra puts a yaml without a defaults list and without a package line at the node of its group, and nowhere else. To
compose takes Hydra long, so only the others are composed here; of the plain ones it is shown that they are plain.
"""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig, OmegaConf, open_dict

from recexp.config.compose import check, compose
from tests.contract.yamls import CONF, FILES, as_written, group_of, is_global, left_to_the_user, load, names

OF_TRAIN = {str(key) for entry in load(CONF / "train.yaml").defaults if entry != "_self_" for key in entry}
CHOICES = [file for file in FILES if group_of(file).split("/")[0] in OF_TRAIN and not is_global(file)]
PLAIN = [file for file in CHOICES if "@package" not in file.read_text() and "defaults" not in load(file)]
COMPOSED = [file for file in CHOICES if file not in PLAIN]
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


def check_choice(file: Path) -> None:
    """Composed, it stands at its node as written, and all else is as without it."""
    group = group_of(file)
    node, parent = group.replace("/", "."), where_the_group_is(group)
    chosen = compose(*parent, f"{group}={file.stem}", *left_to_the_user(file))
    assert without(chosen, node) == without(compose_once(*parent), node)
    if group != "hydra":  # Hydra takes its own node out of the config
        found = OmegaConf.select(chosen, node)
        assert OmegaConf.to_container(OmegaConf.merge(found, as_written(file))) == OmegaConf.to_container(found)


@pytest.mark.parametrize("file", COMPOSED, ids=names(COMPOSED))
def test_a_choice_changes_its_own_group_alone(file):
    check_choice(file)


@pytest.mark.parametrize("group", ["scorer", "loss/negatives"])
def test_a_plain_yaml_changes_its_own_group_alone(group):
    """So says Hydra's manual; the others of their kind rely on it."""
    check_choice(next(file for file in PLAIN if group_of(file) == group))


@pytest.mark.parametrize("file", PLAIN, ids=names(PLAIN))
def test_a_plain_yaml_resolves(file):
    """At the node of its group, all that it points to is there."""
    node = group_of(file).replace("/", ".")
    cfg = deepcopy(compose_once(*where_the_group_is(group_of(file))))
    with open_dict(cfg):
        OmegaConf.update(cfg, node, load(file), merge=False)
        for override in left_to_the_user(file):
            key, _, value = override.partition("=")
            OmegaConf.update(cfg, key, value)
    check(cfg, [])
