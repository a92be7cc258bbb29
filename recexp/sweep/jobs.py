"""The jobs of a sweep, each with what earlier commands left of it on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recexp.runs.record import RunRecord


@dataclass(frozen=True, eq=False)
class Job:
    """One job.

    number: from 1, in the order of the grid. overrides: in Hydra's grammar. name: the overrides in which jobs differ.
    folder: the run folder; None if the data could not be read (the job will report this error itself).
    record: the record of the run if it is finished. failure: why the job failed before, unless it is to run again.
    expected: the bands of the pinned experiment, by metric.
    """

    number: int
    overrides: tuple[str, ...]
    name: str
    dataset: str
    label: str
    folder: Path | None
    record: RunRecord | None
    failure: str | None
    expected: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def is_to_run(self) -> bool:
        return self.record is None and self.failure is None

    @property
    def is_begun(self) -> bool:
        """Whether the job continues an interrupted run."""
        return self.is_to_run and self.folder is not None and (self.folder / "checkpoints").exists()

    def __str__(self) -> str:
        return f"job {self.number}: {self.name}"
