"""What became of a job, as a file that its process leaves in the folder of the sweep."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from recexp.files import write_atomically


@dataclass(frozen=True)
class JobOutcome:
    """run: the folder of the finished run below `paths.runs`, or None; failure: why there is none."""

    number: int
    run: str | None
    failure: str | None

    def write(self, folder: Path) -> None:
        content = json.dumps(asdict(self))
        write_atomically(folder / f"job{self.number}.json", lambda stream: stream.write(content.encode()))


def read_outcomes(folder: Path) -> dict[int, JobOutcome]:
    """Of all jobs that have ended, by number."""
    found = (JobOutcome(**json.loads(file.read_text())) for file in folder.glob("job*.json"))
    return {outcome.number: outcome for outcome in found}
