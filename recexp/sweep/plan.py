"""The plan of a sweep: which of its jobs are finished, which failed before, and which are to run."""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from recexp.errors import ConfigError
from recexp.experiment import data_sha256
from recexp.runs.folder import RunFolder
from recexp.runs.identity import content_hash, run_label
from recexp.sweep.hydra import Grid
from recexp.sweep.jobs import Job


@dataclass(frozen=True)
class Plan:
    """cfg: the config of the first job. group: a name that depends on the jobs only, for the logger."""

    jobs: list[Job]
    cfg: DictConfig
    group: str

    @property
    def runs(self) -> Path:
        return Path(self.cfg.paths.runs).expanduser()

    @property
    def metric(self) -> str:
        """The test metric by which jobs are compared. The validation metric of this name selects the weights."""
        return str(self.cfg.callbacks.early_stopping.monitor).replace("val/", "test/")

    @property
    def to_run(self) -> list[Job]:
        return [job for job in self.jobs if job.is_to_run]


def make_plan(grid: Grid) -> Plan:
    """Plans the jobs of `grid` by what is on disk. Raises ConfigError for a sweep without jobs (T27)."""
    data = DataHashes()
    jobs: list[Job] = []
    cfgs: list[DictConfig] = []
    for number, (overrides, cfg) in enumerate(zip(grid.jobs, grid.configs(), strict=True), start=1):
        jobs.append(plan_job(number, overrides, grid.name(overrides), cfg, data.of(cfg)))
        cfgs = cfgs or [deepcopy(cfg)]
    if not jobs:
        empty = [str(it.input_line) for it in grid.swept.values() if not list(it.sweep_string_iterator())]
        raise ConfigError(f"the sweep has no jobs: {' and '.join(empty)} stands for no value")
    places = sorted("/".join(job.folder.parts[-3:]) if job.folder else job.name for job in jobs)
    return Plan(jobs, cfgs[0], f"{','.join(grid.swept) or 'sweep'}-{content_hash(places)[:6]}")


class DataHashes:
    """Of the data that jobs read; jobs of the same data share one look."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def of(self, cfg: DictConfig) -> str | None:
        """None where the data cannot be read: the job meets the same error and reports it."""
        parts = OmegaConf.create({"dataset": cfg.dataset, "features": cfg.features, "paths": cfg.paths})
        key = content_hash(OmegaConf.to_container(parts, resolve=True), cfg.recommender["_target_"])
        if key not in self._known:
            self._known[key] = _or_none(lambda: data_sha256(cfg))
        return self._known[key]


def plan_job(number: int, overrides: Sequence[str], name: str, cfg: DictConfig, data_sha256: str | None) -> Job:
    """A job and what is on disk of it; nothing where the data is not known."""
    folder = None if data_sha256 is None else _or_none(lambda: RunFolder.of(cfg, data_sha256))
    record = None if folder is None or cfg.force else _or_none(folder.finished)
    failure = None if folder is None or cfg.force or cfg.retry or record else _or_none(lambda: _failure(folder))
    return Job(
        number=number,
        overrides=tuple(overrides),
        name=name,
        dataset=cfg.dataset.name,
        label=run_label(cfg),
        folder=None if folder is None else folder.path,
        record=record,
        failure=failure,
        expected=OmegaConf.to_container(cfg.expected),  # type: ignore[arg-type]
    )


def _failure(folder: RunFolder) -> str:
    return str(json.loads(folder.failure.read_text())["error"])


def _or_none(look: Callable[[], Any]) -> Any:
    """Calls `look`; None if it fails. The job meets the same error again and reports it."""
    try:
        return look()
    except Exception:
        return None
