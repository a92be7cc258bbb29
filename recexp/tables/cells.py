"""The cells of a table: each a row in a column under a seed, and the overrides that make it a run."""

from collections.abc import Sequence
from dataclasses import dataclass

from recexp.config.compose import parse
from recexp.sweep.jobs import Job
from recexp.tables.definition import Column, Row


@dataclass(frozen=True, eq=False)
class Cell:
    """job: None where the cell cannot be run, for the reason in `problem`. seconds: what it is expected to take."""

    row: Row
    column: Column
    seed: int
    job: Job | None = None
    problem: str | None = None
    seconds: float | None = None

    @property
    def is_to_run(self) -> bool:
        return self.job is not None and self.job.is_to_run

    def __str__(self) -> str:
        return f"{self.row.key} | {self.column.key} | seed {self.seed}"


def merged(*parts: Sequence[str]) -> list[str]:
    """Overrides in which a later part wins: Hydra takes no two choices of one group."""
    return list(
        {override.key_or_group: str(override.input_line) for part in parts for override in parse(part)}.values()
    )
