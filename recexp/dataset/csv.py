"""Anyone's own table of interactions, CSV or Parquet, with the columns that the config names."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recexp.dataset.base import Dataset
from recexp.dataset.formats.rows import IDS
from recexp.dataset.formats.text import read_header, read_text
from recexp.errors import ConfigError, DataError, suggest


@dataclass(frozen=True, kw_only=True)
class Table(Dataset):
    """path: *.parquet, or else a text file whose first line names the columns.

    separator: the character between the columns of a text file; a tab may be written \\t.
    user, item, time, rating: names of the columns. Ids may be numbers or text. Times and ratings are finite numbers
    (times of a Parquet file may be dates, which become seconds since 1970); without `time` the order of the file is
    the order in time.
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
        return self._read_parquet(file) if file.suffix == ".parquet" else self._read_csv(file)

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
        )

    def _read_parquet(self, file: Path) -> pd.DataFrame:
        try:
            header = pq.read_schema(file).names
            columns = self._columns(file, header)
            names = [header[place] for place in columns.values()]
            ids = [header[columns[role]] for role in IDS]  # where they are text, each is in memory once
            table = pq.read_table(file, columns=list(dict.fromkeys(names)), read_dictionary=ids)
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"{file} cannot be read as Parquet: {error}") from error
        table = table.select(names).rename_columns(list(columns))
        if "time" in columns and pa.types.is_date(table["time"].type):
            place = table.column_names.index("time")
            table = table.set_column(place, "time", table["time"].cast(pa.timestamp("ms")))
        frame = table.to_pandas(split_blocks=True, self_destruct=True, ignore_metadata=True)
        if "time" in frame:
            frame["time"] = _in_seconds(frame["time"], file)
        return frame


def _in_seconds(time: pd.Series, file: Path) -> pd.Series:
    """Dates as seconds since 1970, durations as seconds, numbers as they are. Raises DataError where order is lost."""
    if pd.api.types.is_datetime64_any_dtype(time):
        seconds, finest = (time - pd.Timestamp(0, tz=time.dt.tz)) / pd.Timedelta(1, "s"), time.dt.nanosecond
    elif pd.api.types.is_timedelta64_dtype(time):
        seconds, finest = time / pd.Timedelta(1, "s"), time.dt.nanoseconds
    else:
        return time
    if finest.any() and seconds.nunique() < time.nunique():  # counting is slow, and whole microseconds need none
        raise DataError(
            f"{file}: times of the column time are closer than seconds can tell (a quarter of a microsecond). Write "
            "them as whole numbers of nanoseconds"
        )
    return seconds
