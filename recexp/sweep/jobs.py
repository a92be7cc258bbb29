"""The jobs of a sweep: what each is, and what is on disk of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recexp.runs.record import RunRecord


@dataclass(frozen=True, eq=False)
class Job:
    """number: from 1, in the order of the command. overrides: in Hydra's grammar. name: what differs between jobs.

    folder: of its run; None where the data could not be read, which the job itself will report. record: of a finished
    run. failure: why it failed before, where it is not to be tried again. expected: the bands of its pinned experiment.
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
        """Whether a stopped run goes on."""
        return self.is_to_run and self.folder is not None and (self.folder / "checkpoints").exists()

    def __str__(self) -> str:
        return f"job {self.number}: {self.name}"
