"""Runs one job of a sweep, in the process that the launcher chose. An error of a job never ends the sweep."""

import logging
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from recexp.config.explanations import is_refusal, reason
from recexp.errors import RunError
from recexp.logs import log_to_console
from recexp.sweep.jobs import Job
from recexp.sweep.outcome import JobOutcome


@dataclass(frozen=True)
class Work:
    """The function that the launcher calls for each job.

    jobs: those launched, in the launcher's order. folder: where outcomes are written. group: for the logger.
    """

    jobs: Sequence[Job]
    folder: Path
    group: str

    def __call__(self, cfg: DictConfig) -> JobOutcome:
        job = self.jobs[HydraConfig.get().job.num]
        log_to_console(logging.WARNING)
        cfg.name, cfg.group = cfg.name or job.name, cfg.group or self.group
        outcome = _attempt(cfg, job)
        try:
            outcome.write(self.folder)
        except RunError as refused:  # such as a full disk; the launcher may still return the outcome
            print(f"recexp: {job}: {refused}", file=sys.stderr)
        return outcome


def _attempt(cfg: DictConfig, job: Job) -> JobOutcome:
    from recexp.experiment import run
    from recexp.runs.folder import RunFolder

    try:
        return JobOutcome(job.number, run(cfg).run, None)
    except Exception as error:
        if cfg.debug:
            traceback.print_exc()
        if job.folder is not None and not is_refusal(error):  # a refused config leaves nothing on disk
            RunFolder(job.folder).fail(error)
        return JobOutcome(job.number, None, reason(error))
