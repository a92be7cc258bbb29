"""recexp doctor [paths.KEY=FOLDER ...]: check this machine, and print the command that repairs what is broken.

Checks the versions of Python and of packages, devices, folders, the W&B login and datasets. It uses no network and
asks nothing. The exit code is 1 if something is broken that training needs.
"""

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recexp import __version__

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

MARKS = {True: "ok", False: "BROKEN", None: "note"}


class Finding(NamedTuple):
    """works: None for a note, which needs no repair. detail: what was found, and how to repair what is broken."""

    name: str
    works: bool | None
    detail: str


def main(arguments: list[str]) -> int:
    broken = _report(_versions())
    if not broken:  # the other checks need the packages
        broken = _report(_devices()) + _report(_folders(arguments)) + _report(_wandb()) + _report(_datasets(arguments))
    print("something that training needs is broken, see above" if broken else "ready to train")
    return 1 if broken else 0


def _report(findings: Iterator[Finding]) -> int:
    """Prints each finding at once; returns how many are broken."""
    broken = 0
    for name, works, detail in findings:
        print(f"{MARKS[works]:<7} {name:<24} {detail}", flush=True)
        broken += works is False
    return broken


def _versions() -> Iterator[Finding]:
    try:
        wanted, ours = requires("recexp") or [], metadata("recexp")
    except PackageNotFoundError:
        yield Finding("recexp", None, f"{__version__}, not installed, so versions were not checked: pip install -e .")
        yield Finding("python", None, platform.python_version())
        return
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    yield Finding("recexp", True, __version__)
    python = SpecifierSet(ours["Requires-Python"])
    fits = python.contains(platform.python_version(), prereleases=True)
    yield Finding("python", fits, f"{platform.python_version()} (wants {python}) {sys.executable}")
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield _package(requirement.name, requirement.specifier)


def _package(name: str, specifier: "SpecifierSet") -> Finding:
    try:
        installed = version(name)
    except PackageNotFoundError:
        return Finding(name, False, f"not installed: pip install '{name}{specifier}'")
    if specifier.contains(installed, prereleases=True):
        return Finding(name, True, f"{installed} (wants {specifier})")
    return Finding(name, False, f"{installed}, wants {specifier}: pip install '{name}{specifier}'")


def _devices() -> Iterator[Finding]:
    import torch

    yield Finding("cpu", True, f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            yield Finding(f"cuda:{index}", True, torch.cuda.get_device_name(index))
    elif torch.backends.mps.is_available():
        yield Finding("mps", True, "trainer.accelerator=mps")
    else:
        yield Finding("gpu", None, "none found; training runs on the CPU")


def _folders(arguments: list[str]) -> Iterator[Finding]:
    from recexp.config.compose import compose_only

    paths = compose_only(("paths", "debug"), arguments).paths
    for key in ("data", "cache", "runs"):
        folder = Path(paths[key]).expanduser().absolute()
        existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        writable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
        yield Finding(
            f"paths.{key}", writable, f"{folder}" + ("" if writable else f" cannot be written: paths.{key}=...")
        )


def _wandb() -> Iterator[Finding]:
    from recexp.logger.wandb import logged_in

    if logged_in():
        yield Finding("W&B", True, "logged in")
    else:
        yield Finding("W&B", None, "not logged in, so runs are logged offline: wandb login, or logger=none")


def _datasets(arguments: list[str]) -> Iterator[Finding]:
    from recexp.config.compose import compose
    from recexp.data.catalogue import HERE, YOURS, entries

    others = 0
    for entry in entries(compose(*arguments).paths):
        if entry.where == HERE:
            yield Finding(f"dataset={entry.name}", True, "on this machine")
        others += entry.where not in (HERE, YOURS)
    yield Finding("other datasets", None, f"{others} are not on this machine: recexp data lists them")
