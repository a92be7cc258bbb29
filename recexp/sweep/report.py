"""What a sweep prints: a table of the plan, one line per job, and at the end a leaderboard and the failures."""

import sys
from collections.abc import Sequence

from rich.table import Table

from recexp.errors import printable
from recexp.runs.folder import RunFolder
from recexp.runs.leaderboard import Block, default_sort, leaderboard, metrics_beside, records_frame
from recexp.runs.record import RunRecord
from recexp.runs.rendering import NOTHING, band, console, plain, print_blocks
from recexp.sweep.estimate import in_words, seconds_of_run
from recexp.sweep.jobs import Job
from recexp.sweep.outcome import JobOutcome
from recexp.sweep.plan import Plan


def print_plan(jobs: Sequence[Job]) -> None:
    """Prints one row per dataset and label. The time assumes that jobs run one after the other."""
    table = Table()
    for column in ("dataset", "label", "jobs", "finished", "failed before", "to run", "takes about"):
        table.add_column(column, justify="left" if column in ("dataset", "label") else "right", overflow="fold")
    for dataset, label in dict.fromkeys((job.dataset, job.label) for job in jobs):
        part = [job for job in jobs if (job.dataset, job.label) == (dataset, label)]
        waiting, begun = sum(job.is_to_run for job in part), sum(job.is_begun for job in part)
        finished, failed = sum(job.record is not None for job in part), sum(job.failure is not None for job in part)
        seconds = seconds_of_run(part)
        table.add_row(
            plain(dataset),
            plain(label),
            *map(str, (len(part), finished, failed)),
            f"{waiting} ({begun} begun)" if begun else str(waiting),
            NOTHING if seconds is None else in_words(seconds * waiting),
        )
    console().print(table)


def done_before(job: Job, metric: str) -> str:
    """The line of a job that is skipped, because it finished or failed before."""
    if job.record is None:
        return printable(f"{job}  failed before: {job.failure}  (retry=true tries again)")
    return printable(f"{job}  {_result(job, job.record, metric)}  already finished: {job.folder}")


def ended(job: Job, outcome: JobOutcome, plan: Plan) -> str:
    """The line of a job that has run."""
    if outcome.run is None:
        return printable(f"{job}  failed: {outcome.failure}")
    folder = plan.runs / outcome.run
    record = RunFolder(folder).finished()
    return printable(f"{job}  {_result(job, record, plan.metric)}  {folder}" if record else f"{job}  {outcome.run}")


def _result(job: Job, record: RunRecord, metric: str) -> str:
    """The value of `metric` (or of the first test metric if it was not measured), and whether it lies in its band."""
    shown = metric if metric in record.metrics else next(key for key in record.metrics if key.startswith("test/"))
    verdict = f" ({band(job.expected[shown], record.metrics[shown])})" if shown in job.expected else ""
    return f"{shown} {record.metrics[shown]:.4f}{verdict}"


def print_end(records: Sequence[RunRecord], failures: Sequence[str], metric: str) -> list[Block]:
    """The leaderboard of `records`, by `metric` or the main test metric where that was not measured."""
    blocks: list[Block] = []
    if records:
        frame = records_frame({record.run: record for record in records}.values())  # two jobs can describe the same run
        sort = metric if metric in frame else default_sort(frame)
        blocks = leaderboard(frame, metrics_beside(frame, sort), sort=sort)
        print_blocks(blocks, "table")
    if failures:
        lines = printable("\n  ".join(failures))
        print(f"recexp: {len(failures)} of {len(failures) + len(records)} jobs failed:\n  {lines}", file=sys.stderr)
    return blocks
