"""Recommendations for many users in a Parquet file."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recexp.files import write_atomically

ROWS_PER_GROUP = 100_000


def write_recommendations(frames: Iterable[pd.DataFrame], file: Path) -> int:
    """Writes what `TrainedModel.recommend_in_blocks` gives, and returns the number of rows.

    One row group is in memory at a time, of about ROWS_PER_GROUP rows.
    """
    rows = 0

    def write(stream: BinaryIO) -> None:
        nonlocal rows
        groups = _groups(frames)
        first = next(groups)
        schema = _schema(first)
        with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
            for group in _chained(first, groups):
                writer.write_table(pa.Table.from_pandas(group, schema, preserve_index=False))
                rows += len(group)

    write_atomically(file, write)
    return rows


def _chained(first: pd.DataFrame, others: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    yield first
    yield from others


def _groups(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Joined until they make a row group; a small one costs a reader much."""
    waiting: list[pd.DataFrame] = []
    for frame in frames:
        waiting.append(frame)
        if sum(map(len, waiting)) >= ROWS_PER_GROUP:
            yield pd.concat(waiting, ignore_index=True)
            waiting = []
    if waiting:
        yield pd.concat(waiting, ignore_index=True)


def _schema(frame: pd.DataFrame) -> pa.Schema:
    """A title is text, even where the first ones are all missing."""
    found = pa.Schema.from_pandas(frame, preserve_index=False).remove_metadata()
    if "title" not in found.names:
        return found
    return found.set(found.get_field_index("title"), pa.field("title", pa.string()))
