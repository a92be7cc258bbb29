"""Recommendations for many users in a Parquet file."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recexp.files import write_atomically


def write_recommendations(pieces: Iterator[pd.DataFrame], file: Path) -> int:
    """Writes the pieces of `TrainedModel.recommend_in_pieces`, each a row group, and returns the number of rows."""
    rows = 0

    def write(stream: BinaryIO) -> None:
        nonlocal rows
        piece = next(pieces)
        with pq.ParquetWriter(stream, schema := _schema(piece), compression="zstd") as writer:
            while True:
                writer.write_table(pa.Table.from_pandas(piece, schema, preserve_index=False))
                rows += len(piece)
                if (following := next(pieces, None)) is None:
                    return
                piece = following

    write_atomically(file, write)
    return rows


def _schema(frame: pd.DataFrame) -> pa.Schema:
    """A title is text, even where the first ones are all missing."""
    found = pa.Schema.from_pandas(frame, preserve_index=False).remove_metadata()
    if "title" not in found.names:
        return found
    return found.set(found.get_field_index("title"), pa.field("title", pa.string()))
