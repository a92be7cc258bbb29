"""How long the jobs of a sweep will take, as finished runs of the same dataset and label tell."""

from collections.abc import Iterable
from datetime import datetime
from statistics import fmean

from recexp.errors import RunError
from recexp.runs.folder import RunFolder
from recexp.runs.record import RunRecord
from recexp.sweep.jobs import Job


def seconds_of_run(jobs: Iterable[Job]) -> float | None:
    """Mean over the finished runs beside `jobs`, all of one label; None where there are none."""
    labels = {job.folder.parent for job in jobs if job.folder is not None}
    files = [file for label in labels for file in label.glob("seed*-*/record.json")]
    seconds = [_seconds(record) for file in files if (record := _record(RunFolder(file.parent))) is not None]
    return fmean(seconds) if seconds else None


def _record(folder: RunFolder) -> RunRecord | None:
    try:
        return folder.finished()
    except RunError:  # a damaged record tells nothing of time
        return None


def _seconds(record: RunRecord) -> float:
    """From start to end, or of its training where it was stopped in between."""
    wall = datetime.fromisoformat(record.finished) - datetime.fromisoformat(record.started)
    return max(wall.total_seconds(), record.metrics.get("train/seconds", 0.0))


def in_words(seconds: float) -> str:
    """1 h 5 min, 3 min, 12 s."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
