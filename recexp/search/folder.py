"""The folder of a study, and the locks that its workers hold."""

from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from recexp.files import explain_write_errors


class StudyFolder:
    """`<paths.runs>/.searches/<study>/`: study.db  trials.csv  importance.csv  parallel.svg  experiment/<study>.yaml

    All workers of a study use the same folder. A lock is released when its process ends, however it ends.
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
        """A lock for what only one worker may do at a time; entering it waits."""
        return self._lock("study")

    def claim(self, number: int) -> BaseFileLock | None:
        """Acquires and returns the lock of a trial; None if the worker of the trial is alive and holds it."""
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
