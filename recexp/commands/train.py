"""recexp train: one experiment, or with -m a sweep whose jobs run one after the other.

Composition, sweeps, --help, --cfg and shell completion are Hydra's.
"""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from recexp.configuration import check, conf_dir, overrides_among, parse
from recexp.errors import ConfigError
from recexp.explanations import explain
from recexp.logs import log_to_console

if TYPE_CHECKING:  # --help, --cfg and completion answer without torch
    from recexp.record import RunRecord


@dataclass
class Jobs:
    """What became of the jobs of a command."""

    swept: set[str]  # keys that differ between them
    records: list["RunRecord"] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    metric: str = ""  # the jobs are compared by
    error: Exception | None = None  # of the command as a whole


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 when jobs of a sweep failed. Raises what a single experiment raises."""
    overrides = parse(overrides_among(arguments))
    jobs = Jobs({str(override.input_line).partition("=")[0] for override in overrides if override.is_sweep_override()})

    def job(cfg: DictConfig) -> None:
        try:
            check(cfg, HydraConfig.get().overrides.task)
            if HydraConfig.get().mode == RunMode.MULTIRUN:
                _job_of_sweep(cfg, jobs)
            else:
                _print_result(cfg, _run(cfg, logging.INFO))
        except Exception as error:  # Hydra would print it in its own way
            jobs.error = jobs.error or error

    with _as_program(arguments):
        hydra.main(config_path=str(conf_dir()), config_name="train", version_base="1.3")(job)()
    if jobs.error is not None:
        raise jobs.error
    return _end_sweep(jobs) if {"-m", "--multirun"} & set(arguments) else 0


@contextmanager
def _as_program(arguments: Sequence[str]) -> Iterator[None]:
    """Hydra reads sys.argv, and with HYDRA_FULL_ERROR raises errors instead of printing them."""
    argv, full_error = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = ["recexp", *arguments], "1"
    try:
        yield
    finally:
        sys.argv = argv
        if full_error is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full_error


def _run(cfg: DictConfig, level: int) -> "RunRecord":
    from recexp.experiment import run

    log_to_console(level)
    return run(cfg)


def _job_of_sweep(cfg: DictConfig, jobs: Jobs) -> None:
    """One line a job; a job that fails is listed at the end, and the others go on."""
    settings = HydraConfig.get()
    task = settings.overrides.task
    swept = [text for text in task if text.partition("=")[0] in jobs.swept]
    name = f"job {settings.job.num + 1}: {' '.join(swept or task)}"
    try:
        record = _run(cfg, logging.WARNING)
    except Exception as error:
        if cfg.debug:
            raise
        reason = explain(error, list) or f"{type(error).__name__}: {error}"
        jobs.failures.append(f"{name}: {reason}")
        print(f"{name}  failed: {reason}", flush=True)
        return
    jobs.records.append(record)
    metric = _test_metric(cfg, record)
    jobs.metric = jobs.metric or metric
    print(f"{name}  {metric} {record.metrics[metric]:.4f}  {Path(cfg.paths.runs) / record.run}", flush=True)


def _end_sweep(jobs: Jobs) -> int:
    if not jobs.records and not jobs.failures:
        raise ConfigError("the sweep has no jobs: one of its overrides stands for no value, as a glob without a match")
    if jobs.records:
        from recexp.leaderboard import leaderboard, metrics_beside, records_frame
        from recexp.rendering import print_blocks

        frame = records_frame(jobs.records)
        print_blocks(leaderboard(frame, metrics_beside(frame, jobs.metric), sort=jobs.metric), "table")
    if jobs.failures:
        lines = "\n  ".join(jobs.failures)
        total = len(jobs.failures) + len(jobs.records)
        print(f"recexp: {len(jobs.failures)} of {total} jobs failed:\n  {lines}", file=sys.stderr)
    return 1 if jobs.failures else 0


def _test_metric(cfg: DictConfig, record: "RunRecord") -> str:
    """Of the same name as the validation metric that selects weights; the first where that one was not measured."""
    selects = cfg.callbacks.early_stopping.monitor.replace("val/", "test/")
    return selects if selects in record.metrics else next(key for key in record.metrics if key.startswith("test/"))


def _print_result(cfg: DictConfig, record: "RunRecord") -> None:
    from recexp.rendering import console, costs, metrics_table, protocol_in_words

    out = console()
    out.print(f"{record.label} on {record.dataset}, seed {record.seed}", markup=False)
    out.print(metrics_table(record.metrics))
    out.print(f"protocol  {protocol_in_words(record.protocol)}", soft_wrap=True, markup=False)
    out.print(f"cost      {costs(record.metrics)}", soft_wrap=True, markup=False)
    out.print(f"run       {Path(cfg.paths.runs) / record.run}", soft_wrap=True, markup=False)
