"""The folder of a study, and the locks by which its workers know of each other."""

from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from recexp.files import explain_write_errors


class StudyFolder:
    """`<paths.runs>/.searches/<study>/`: study.db  trials.csv  importance.csv  parallel.svg  experiment/<study>.yaml

    All workers of a study see the same folder. A lock goes with the process that holds it, however it ends.
    """

    def __init__(self, runs: Path, study: str) -> None:
        self.study = study
        self.path = runs / ".searches" / study
        self.database = self.path / "study.db"
        self.token = self.path / "token"
        self.trials = self.path / "trials.csv"
        self.importance = self.path / "importance.csv"
        self.figure = self.path / "parallel.svg"
        self.experiment = self.path / "experiment" / f"{study}.yaml"

    def lock(self) -> BaseFileLock:
        """For what one worker does at a time; entering it waits."""
        return self._lock("study")

    def claim(self, number: int) -> BaseFileLock | None:
        """The lock of a trial, acquired, or None while the worker of the trial lives."""
        lock = self._lock(f"trial-{number}")
        try:
            return lock.acquire(timeout=0).lock
        except Timeout:
            return None

    def _lock(self, name: str) -> BaseFileLock:
        folder = self.path / "locks"
        with explain_write_errors(self.path):
            folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{name}.lock")
