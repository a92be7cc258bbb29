"""Estimates how long the jobs of a sweep will take, from finished runs with the same dataset and label."""

from collections.abc import Iterable
from datetime import datetime
from statistics import fmean

from recexp.errors import RunError
from recexp.runs.folder import RunFolder
from recexp.runs.record import RunRecord
from recexp.sweep.jobs import Job


def seconds_of_run(jobs: Iterable[Job]) -> float | None:
    """Mean seconds of the finished runs in the label folders of `jobs`; None if there are none.

    jobs: of one dataset and one label.
    """
    labels = {job.folder.parent for job in jobs if job.folder is not None}
    files = [file for label in labels for file in label.glob("seed*-*/record.json")]
    seconds = [_seconds(record) for file in files if (record := _record(RunFolder(file.parent))) is not None]
    return fmean(seconds) if seconds else None


def _record(folder: RunFolder) -> RunRecord | None:
    try:
        return folder.finished()
    except RunError:  # a damaged record cannot be used for the estimate
        return None


def _seconds(record: RunRecord) -> float:
    """Seconds from start to end; the training time if that is longer, because the run was interrupted and resumed."""
    wall = datetime.fromisoformat(record.finished) - datetime.fromisoformat(record.started)
    return max(wall.total_seconds(), record.metrics.get("train/seconds", 0.0))


def in_words(seconds: float) -> str:
    """Formats a duration as in `1 h 5 min`, `3 min` or `12 s`."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
