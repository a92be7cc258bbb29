"""What every class and function named by a yaml promises: a mistyped argument is an error (T21)."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from hydra.utils import get_object
from omegaconf import DictConfig, ListConfig, OmegaConf

from tests.contract.yamls import FILES, load

SWALLOW = {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}


def nodes(node: Any) -> Iterator[DictConfig]:
    """A node and all below it."""
    if isinstance(node, DictConfig):
        yield node
    if isinstance(node, DictConfig | ListConfig):
        for key in node.keys() if isinstance(node, DictConfig) else range(len(node)):
            if not OmegaConf.is_missing(node, key) and not OmegaConf.is_interpolation(node, key):
                yield from nodes(node[key])


def own_targets() -> dict[str, set[str]]:
    """`_target_` -> the arguments that yaml files pass to it, for classes and functions of recexp."""
    found: dict[str, set[str]] = {}
    for file in FILES:
        for node in nodes(load(file)):
            if str(node.get("_target_", "")).startswith("recexp."):
                arguments = {str(key) for key in node if not str(key).startswith("_") and key != "defaults"}
                found.setdefault(node["_target_"], set()).update(arguments)
    return found


@pytest.mark.parametrize(("target", "arguments"), own_targets().items(), ids=list(own_targets()))
def test_arguments_are_passed_by_name_alone(target, arguments):
    """Neither **kwargs, which would swallow a typo, nor places, which a new argument would shift."""
    constructor = get_object(target)
    kinds = {name: parameter.kind for name, parameter in inspect.signature(constructor).parameters.items()}
    assert not SWALLOW & set(kinds.values())
    # A function (a scheduler) is given its first argument by the program, by place.
    named = set(kinds) if inspect.isclass(constructor) else arguments
    assert {name: kinds[name] for name in named} == dict.fromkeys(named, inspect.Parameter.KEYWORD_ONLY)
    assert arguments <= set(kinds)
