"""The record of a finished run: what tables and reports read."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from recexp.errors import RunError


@dataclass(frozen=True)
class RunRecord:
    """All that a table needs to know of a finished run, and nothing of the machine it ran on.

    run: its folder, relative to `paths.runs`; metrics: such as `val/ndcg@10`, `test/hr@10`, `train/seconds`,
    `model/parameters`; protocol: the fingerprint and its parts in words; config: the resolved config without what
    does not change the result; objective, attention, scorer, loss: None where the recommender has none; started,
    finished: ISO 8601, UTC.
    """

    run: str
    label: str
    dataset: str
    recommender: str
    objective: str | None
    attention: str | None
    scorer: str | None
    loss: str | None
    seed: int
    hash: str
    status: str
    metrics: dict[str, float]
    protocol: dict[str, str]
    versions: dict[str, str]
    git_sha: str | None
    started: str
    finished: str
    config: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RunRecord":
        """Raises RunError when a field is absent or unknown."""
        expected = {field.name for field in fields(cls)}
        if set(values) != expected:
            raise RunError(f"a record's fields are {sorted(expected)}; got {sorted(values)}")
        return cls(**values)
