"""The values of a config, held against the annotations of what they are passed to."""

import inspect
import math
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from hydra._internal.utils import _locate  # get_object, less a line on standard error
from omegaconf import DictConfig, OmegaConf

from recexp.errors import ConfigError

WORDS = {int: "a whole number", float: "a finite number", bool: "true or false", str: "text", NoneType: "null"}


def check_arguments(node: Any, key: str) -> None:
    """Raises ConfigError, naming the key, for the first value below `node` that its `_target_` does not take.

    key: of `node`. What an interpolation points to is checked there. Annotations that are neither numbers, text,
    truth values nor literals take anything: what they stand for is no yaml value.
    """
    if not isinstance(node, DictConfig):
        return
    parameters = _parameters(node["_target_"], key) if "_target_" in node else {}
    for name in map(str, node):
        if OmegaConf.is_interpolation(node, name):
            continue
        check_arguments(node[name], f"{key}.{name}")
        if name in parameters and not _takes(parameters[name].annotation, node[name]):
            expected = _in_words(parameters[name].annotation)
            raise ConfigError(f"{key}.{name}: got {node[name]!r}, expected {expected}")


def _parameters(target: str, key: str) -> Mapping[str, inspect.Parameter]:
    """Of the class or function at the import path `target`; none where they cannot be told."""
    try:
        found = _locate(target)
    except Exception as error:  # importing runs code, which may raise anything
        raise ConfigError(
            f"{key}._target_: got {target!r}, expected the import path of a class or function that Python finds, also "
            f"from the folder where you stand: {' '.join(str(error).split())}"
        ) from error
    try:
        return inspect.signature(found, eval_str=True).parameters
    except (NameError, TypeError, ValueError):  # an annotation for type checkers alone, or a builtin
        return {}


def _takes(annotation: Any, value: Any) -> bool:
    if get_origin(annotation) in (Union, UnionType):
        return any(_takes(choice, value) for choice in get_args(annotation))
    if get_origin(annotation) is Literal:
        return value in get_args(annotation)
    if annotation is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return annotation not in WORDS or isinstance(value, annotation)


def _in_words(annotation: Any) -> str:
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(map(_in_words, get_args(annotation)))
    if get_origin(annotation) is Literal:
        return " or ".join(map(repr, get_args(annotation)))
    return WORDS[annotation]
