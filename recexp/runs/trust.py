"""The one door through which a run folder's config is read: such a folder may come from anyone (T36).

A config names what is to be imported and called. From a run folder only what recexp's own configs need is: classes of
its own rooms, of torch and of Lightning; all else after `trust=MODULE`, and nothing ever from the folder itself.
"""

import importlib
import inspect
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.strategies import Strategy
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from recexp.config.compose import choices, conf_dir
from recexp.errors import ConfigError, RunError
from recexp.files import read_text
from recexp.runs.folder import RunFolder
from recexp.runs.identity import result_config
from recexp.runs.record import RunRecord

MOST_BYTES, MOST_DEPTH = 1 << 17, 32  # of a config.yaml; real ones have a tenth and a third of it
PATHS = re.compile(r"\$\{paths\.(data|cache|runs)\}")  # the only interpolations in a config.yaml
GET_CLASS = "hydra.utils.get_class"  # gives the class at its `path`, uncalled
DURATION = "datetime.timedelta"  # of trainer.strategy.timeout
# Package -> what its classes must be. What else they have, such as torch.load, runs other people's code.
FOREIGN = {
    "torch.nn": (nn.Module,),
    "torch.optim": (Optimizer, LRScheduler),
    "pytorch_lightning": (Trainer, Callback, Strategy),
}
FUNCTIONS = "recexp.scheduler"  # the one room in which a config calls functions
ADDRESSES = ("url", "sha256", "beside")  # of what a dataset fetches


def read_config(folder: RunFolder, record: RunRecord, *, trust: Sequence[str] = ()) -> DictConfig:
    """The config of the finished run, which names nothing but what may be imported, and is that of the record.

    trust: modules, or packages, whose classes may be imported and called besides. `paths` are this machine's own.
    Raises RunError for a config.yaml that is missing, no config, not to be trusted, or edited after the run.
    """
    config = folder.config
    try:
        text = read_text(config, most=MOST_BYTES)
        _check_yaml(text)
        cfg = OmegaConf.create(text)
    except OSError as error:
        raise RunError(f"{config} cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, OmegaConfBaseException, RunError) as error:
        raise RunError(f"{config} is not a run's config: {' '.join(str(error).split())}") from error
    if not isinstance(cfg, DictConfig):
        raise RunError(f"{config} is not a run's config: it has no keys")
    _check_node(OmegaConf.to_container(cfg), "", config, _modules(trust))
    cfg.paths = OmegaConf.load(conf_dir() / "paths" / "default.yaml")
    _check_unchanged(cfg, record, config)
    _forget_foreign_addresses(cfg.dataset)
    return cfg


@contextmanager
def imports_for(folder: Path, trust: Sequence[str]) -> Iterator[None]:
    """Nothing is imported from inside the run folder; from where one stands, last of all, only with `trust`."""
    before, folder = [*sys.path], folder.resolve()
    here = [os.getcwd()] if trust else []
    sys.path[:] = [entry for entry in [*before, *here] if not Path(entry).resolve().is_relative_to(folder)]
    try:
        yield
    finally:
        sys.path[:] = before


def _check_yaml(text: str) -> None:
    """Raises RunError for what makes a small file large: anchors, aliases, deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if getattr(event, "anchor", None) is not None:
            raise RunError(f"line {event.start_mark.line + 1} has an anchor or alias, which recexp never writes")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            raise RunError(f"line {event.start_mark.line + 1} is nested deeper than {MOST_DEPTH}")


def _modules(trust: Sequence[str]) -> tuple[str, ...]:
    if isinstance(trust, str) or not isinstance(trust, Sequence):
        raise ConfigError(f"trust: got {trust!r}, expected a list of modules: trust=[my_package.attention]")
    for module in trust:
        if not isinstance(module, str) or not all(map(str.isidentifier, module.split("."))):
            raise ConfigError(f"trust: got {module!r}, expected a module such as my_package.attention, or [a,b]")
    return tuple(trust)


def _check_node(node: Any, key: str, config: Path, trust: Sequence[str]) -> None:
    """Every `_target_` below `node`, and every interpolation."""
    if isinstance(node, dict):
        if "_target_" in node:
            _check_target(node, key, config, trust)
        for name, value in node.items():
            _check_node(value, f"{key}.{name}".strip("."), config, trust)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _check_node(value, f"{key}.{index}", config, trust)
    elif isinstance(node, str) and "${" in PATHS.sub("", node):
        raise RunError(f"{config}: {key}: got {node!r:.200}, expected a value: a run's config is resolved")


def _check_target(node: Mapping[str, Any], key: str, config: Path, trust: Sequence[str]) -> None:
    target = node["_target_"]
    if target == GET_CLASS and set(node) == {"_target_", "path"}:
        target = node["path"]
    elif target == DURATION:
        return
    if not isinstance(target, str) or not (_is_trusted(target, trust) or _is_known(target)):
        raise RunError(
            f"{config}: {key}._target_: got {target!r:.200}, expected a class of recexp's axes, "
            f"{', '.join(FOREIGN)}: a run folder may come from anyone, and this would run its code. Where you know the "
            f"code and it lies outside of the folder: trust={str(target).rpartition('.')[0] or 'MODULE'}"
        )


def _is_trusted(target: str, trust: Sequence[str]) -> bool:
    return any(f"{target}.".startswith(f"{module}.") for module in trust)


def _is_known(target: str) -> bool:
    """Whether it is a class that a config needs, written as `module.Class`: no way leads on from there."""
    module, _, name = target.rpartition(".")
    package = next((package for package in (*_rooms(), *FOREIGN) if f"{module}.".startswith(f"{package}.")), None)
    if package is None:
        return False
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return False
    if package in FOREIGN:
        return inspect.isclass(found) and issubclass(found, FOREIGN[package])
    kind = inspect.isfunction(found) if package == FUNCTIONS else inspect.isclass(found)
    return kind and f"{found.__module__}.".startswith(f"{package}.")


def _rooms() -> set[str]:
    """Those sub-packages of recexp that are config groups."""
    package = Path(__file__).parents[1]
    return {f"recexp.{group.name}" for group in conf_dir().iterdir() if (package / group.name / "__init__.py").exists()}


def _check_unchanged(cfg: DictConfig, record: RunRecord, config: Path) -> None:
    """Raises RunError, with the first key and both values, where the record says otherwise."""
    try:
        # What stands beside the recommender too (`attention`, `loss`) is for people: only the recommender's is used.
        found, expected = _plain(result_config(cfg)), record.config
    except Exception as error:  # a config may have any shape
        raise RunError(f"{config} is not a run's config: {' '.join(str(error).split())}") from error
    if difference := _difference(found, expected, ""):
        key, here, there = difference
        raise RunError(
            f"{config}: {key} is {here}, and the run was made with {there} (record.json): the file was changed since. "
            "Put the value back, or train the other configuration with recexp train."
        )


def _plain(values: Any) -> Any:
    """As they come back from a JSON file."""
    return json.loads(json.dumps(values))


def _difference(found: dict[str, Any], expected: dict[str, Any], parent: str) -> tuple[str, str, str] | None:
    """The first key whose values differ, and both as JSON, which tells 1 from 1.0 and from true."""
    for name in sorted({*found, *expected}):
        values = [json.dumps(of[name], sort_keys=True) if name in of else "absent" for of in (found, expected)]
        if values[0] == values[1]:
            continue
        key = f"{parent}.{name}".strip(".")
        if isinstance(found.get(name), dict) and isinstance(expected.get(name), dict):
            return _difference(found[name], expected[name], key)
        return key, values[0], values[1]
    return None


def _forget_foreign_addresses(dataset: DictConfig) -> None:
    """Where the dataset is not to be fetched just as recexp's own yaml says, its files have to be there already."""
    asked: Any = OmegaConf.to_container(dataset)
    own: Any = {}
    if asked.get("name") in choices("dataset"):
        own = OmegaConf.to_container(OmegaConf.load(conf_dir() / "dataset" / f"{asked['name']}.yaml"))
    if any(asked.get(key) != own.get(key) for key in ("_target_", "path", "file", *ADDRESSES)):
        for key in ADDRESSES:
            if key in dataset:
                dataset[key] = None
