"""Runs a sweep, from its command line to its leaderboard."""

from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from hydra.utils import instantiate

from recexp.runs.folder import RunFolder
from recexp.runs.record import RunRecord
from recexp.sweep.hydra import Grid, opened
from recexp.sweep.outcome import JobOutcome, read_outcomes
from recexp.sweep.plan import Plan, make_plan
from recexp.sweep.report import done_before, ended, print_end, print_plan
from recexp.sweep.watch import watched
from recexp.sweep.work import Work

LOST = "its process ended without reporting: it was killed, or ran out of memory. Repeat the command to continue it"


def sweep(flags: Namespace) -> int:
    """Returns exit code 1 if jobs failed, else 0. Raises ConfigError and Hydra's errors before any job starts."""
    with opened(flags.config_dir) as hydra:
        grid = Grid.of_command_line(hydra, flags.overrides)
        plan = make_plan(grid)
        print_plan(plan.jobs)
        for job in plan.jobs:
            if not job.is_to_run:
                print(done_before(job, plan.metric), flush=True)
        folder = Path(grid.cfg.hydra.sweep.dir)
        outcomes = launch(grid, plan, folder) if plan.to_run else {}
    records = list(_records(plan, outcomes))
    failures = {job: outcomes[job.number].failure if job.number in outcomes else job.failure for job in plan.jobs}
    blocks = print_end(records, [f"{job}: {failure}" for job, failure in failures.items() if failure], plan.metric)
    if outcomes and blocks:
        instantiate(plan.cfg.logger).leaderboard(blocks, folder, plan.cfg.group or plan.group)
    return 1 if any(failures.values()) else 0


def launch(grid: Grid, plan: Plan, folder: Path) -> dict[int, JobOutcome]:
    """Runs the jobs. The outcome of a job is read from its file, else taken from the launcher.

    Raises the launcher's error if no job has ended.
    """
    jobs = {job.number: job for job in plan.to_run}
    reason, returned = LOST, []
    with watched(folder, lambda outcome: print(ended(jobs[outcome.number], outcome, plan), flush=True)):
        try:
            returned = grid.launch([job.overrides for job in plan.to_run], Work(plan.to_run, folder, plan.group))
        except Exception as error:
            if not read_outcomes(folder):
                raise
            reason = f"{LOST}. The launcher's error: {type(error).__name__}: {error}"
    outcomes = {outcome.number: outcome for outcome in returned} | read_outcomes(folder)
    return {number: outcomes.get(number) or JobOutcome(number, None, reason) for number in jobs}


def _records(plan: Plan, outcomes: dict[int, JobOutcome]) -> Iterable[RunRecord]:
    """The records of all finished jobs, in the order of the grid."""
    for job in plan.jobs:
        outcome = outcomes.get(job.number)
        record = job.record
        if outcome is not None and outcome.run is not None:
            record = RunFolder(plan.runs / outcome.run).finished()
        if record is not None:
            yield record
