"""Anyone's own table of interactions, CSV or Parquet, with the columns that the config names."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recexp.dataset.base import Dataset
from recexp.dataset.formats.ids import checked_ids
from recexp.dataset.formats.parquet import parquet_header, read_parquet
from recexp.dataset.formats.rows import IDS
from recexp.dataset.formats.text import read_header, read_text
from recexp.dataset.formats.times import in_seconds
from recexp.errors import ConfigError, DataError, suggest


@dataclass(frozen=True, kw_only=True)
class Table(Dataset):
    """path: *.parquet, or else a text file whose first line names the columns, packed where its name ends in .gz.

    separator: the character between the columns of a text file; a tab may be written \\t.
    user, item, time, rating: names of the columns. Ids may be numbers or text. Ratings are finite numbers. Times are
    finite numbers, or dates and times, as text of ISO 8601 or in Parquet's types: these become seconds since 1970, of
    UTC where they name no zone. Without `time` the order of the file is the order in time.
    """

    separator: str
    user: str
    item: str
    time: str | None
    rating: str | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self._separator()) != 1:
            raise ConfigError(f"dataset.separator: got {self.separator!r}, expected one character")
        if self.user == self.item:
            raise ConfigError(f"dataset.user and dataset.item: got {self.user!r} for both, expected two columns")

    def read(self, file: Path) -> pd.DataFrame:
        frame = self._read_parquet(file) if file.suffix == ".parquet" else self._read_csv(file)
        for role in IDS:
            frame[role] = checked_ids(frame[role], file, keep_missing=self.drop_missing)
        if "time" in frame:
            frame["time"] = in_seconds(frame["time"], file)
        return frame

    def _separator(self) -> str:
        return self.separator.replace("\\t", "\t")

    def _columns(self, file: Path, header: list[str]) -> dict[str, int]:
        """Role -> position in `header`. Raises DataError for a column that is not there or there twice."""
        wanted = {role: getattr(self, role) for role in ("user", "item", "rating", "time")}
        wanted = {role: column for role, column in wanted.items() if column is not None}
        for role, column in wanted.items():
            if header.count(column) != 1:
                problem = "no" if column not in header else "more than one"
                remedy = suggest(column, header) if column not in header else "Rename or remove one."
                if len(header) == 1 and file.suffix != ".parquet":
                    remedy = f"Is another character than dataset.separator={self.separator!r} between its columns?"
                raise DataError(
                    f"dataset.{role}={column}: {file} has {problem} column {column!r}, it has: {', '.join(header)}. "
                    f"{remedy}"
                )
        return {role: header.index(column) for role, column in wanted.items()}

    def _read_csv(self, file: Path) -> pd.DataFrame:
        separator = self._separator()
        header = read_header(file, separator)
        return read_text(
            file,
            columns=self._columns(file, header),
            width=len(header),
            separator=separator,
            layout=separator.join(header),
            skip_lines=1,
            quoted=True,
            own=True,
            keep_missing=self.drop_missing,
        )

    def _read_parquet(self, file: Path) -> pd.DataFrame:
        header = parquet_header(file)
        columns = {role: header[place] for role, place in self._columns(file, header).items()}
        return read_parquet(file, columns, keep_missing=self.drop_missing)
