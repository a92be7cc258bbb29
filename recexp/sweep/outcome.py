"""The outcome of a job: a file that its process writes into the folder of the sweep."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from recexp.files import write_atomically


@dataclass(frozen=True)
class JobOutcome:
    """run: the folder of the finished run, relative to `paths.runs`, or None. failure: the reason if it failed."""

    number: int
    run: str | None
    failure: str | None

    def write(self, folder: Path) -> None:
        content = json.dumps(asdict(self))
        write_atomically(folder / f"job{self.number}.json", lambda stream: stream.write(content.encode()))


def read_outcomes(folder: Path) -> dict[int, JobOutcome]:
    """The outcomes in `folder` of all jobs that have ended, by job number."""
    found = (JobOutcome(**json.loads(file.read_text())) for file in folder.glob("job*.json"))
    return {outcome.number: outcome for outcome in found}
