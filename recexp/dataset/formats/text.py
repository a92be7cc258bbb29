"""Text files with one interaction a line, read by pyarrow in threads; what that refuses is read line by line."""

import re
from collections.abc import Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from recexp.dataset.formats.lines import WHITESPACE, Layout, read_by_line, read_lines, read_records
from recexp.dataset.formats.rows import find_bad_row
from recexp.errors import DataError

__all__ = ["WHITESPACE", "read_header", "read_lines", "read_text"]

BLOCK = 1 << 22  # bytes that a thread reads at a time
Types = dict[int, pa.DataType]  # by the place in a line


def read_text(
    file: Path,
    *,
    columns: Mapping[str, int],
    width: int,
    separator: str,
    layout: str,
    skip_lines: int = 0,
    quoted: bool = False,
    whole_ids: bool = False,
) -> pd.DataFrame:
    """The columns of a text file under the names of `columns` (name -> position from 0), in the order of the file.

    width: the number of columns every line must have. layout: a good line in words, for the error.
    quoted: fields may stand in double quotes. whole_ids: ids are whole numbers (int64), else they are text (a category
    column, which holds each once). Other columns are int64, or float64 where one of their numbers is broken.
    Raises DataError that names the file and the first bad line (from 1); blank lines are skipped.
    """
    lines = Layout(columns, width, separator, layout, skip_lines, quoted, whole_ids)
    frame = None if _has_hexadecimal(file) else _read_in_threads(file, lines)
    return read_by_line(file, lines) if frame is None else frame


def read_header(file: Path, separator: str) -> list[str]:
    """The column names in the first line. Raises DataError when the file is empty."""
    for _, fields in read_records(file, separator=separator, quoted=True, skip_lines=0):
        return fields
    raise DataError(f"{file} is empty")


def _read_in_threads(file: Path, layout: Layout) -> pd.DataFrame | None:
    """None for what pyarrow refuses or reads otherwise: something bad, blanks before text, lines in quotes, a column in
    two roles."""
    id_type = pa.int64() if layout.whole_ids else pa.dictionary(pa.int32(), pa.string())
    places = {name: 2 * place if layout.separator == "::" else place for name, place in layout.columns.items()}
    ids = {places[name]: id_type for name in layout.ids}
    numbers = {place: pa.int64() for place in places.values() if place not in ids}
    table = _read_table(file, layout, ids, numbers) if len(ids) + len(numbers) == len(places) else None
    if table is None:
        return None
    table = table.select([str(place) for place in places.values()]).rename_columns(list(places))
    if not len(table) or any(column.null_count for column in table.columns):
        return None
    if layout.quoted and _has_lines_in_quotes(file, len(table) + layout.skip_lines):
        return None
    frame = table.to_pandas(split_blocks=True, self_destruct=True)
    text = [] if layout.whole_ids else [frame[name].cat.categories for name in layout.ids]
    if any(found.str.startswith(" ").any() for found in text) or find_bad_row(frame, whole_ids=layout.whole_ids):
        return None
    return frame


def _has_hexadecimal(file: Path) -> bool:
    """Whether a field begins as 0x1F does, which pyarrow takes for the number 31."""
    if not file.stat().st_size:
        return False
    with file.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        anywhere = any(content.find(prefix) >= 0 for prefix in (b"0x", b"0X"))  # at the speed of memory
        return anywhere and re.search(rb"(?<![0-9A-Za-z])0[xX]", content) is not None


def _has_lines_in_quotes(file: Path, rows: int) -> bool:
    """Whether a quote is left open, which to pyarrow hides the lines up to the next quote, or the end. rows: read."""
    with file.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        if content.find(b'"') < 0:
            return False
        quotes = lines = 0
        for block in iter(lambda: content.read(BLOCK), b""):
            quotes, lines, last = quotes + block.count(b'"'), lines + block.count(b"\n"), block[-1:]
    return quotes % 2 == 1 or lines + (last != b"\n") != rows


def _read_table(file: Path, layout: Layout, ids: Types, numbers: Types) -> pa.Table | None:
    """SideInformation named by their places. A number that is broken makes its column float64; None for all else."""
    while True:
        try:
            return _parse(file, layout, {**ids, **numbers})
        except ValueError as error:  # pyarrow's too
            broken = re.search(r"column #(\d+): .* int64", str(error))
            if broken is None or int(broken[1]) not in numbers:
                return None
            numbers = {**numbers, int(broken[1]): pa.float64()}


def _parse(file: Path, layout: Layout, types: Types) -> pa.Table:
    """The columns at the places of `types`, named by their places. '::' is two separators with nothing between."""
    separator, width = layout.separator, layout.width
    if separator == "::":
        separator, width = ":", 2 * width - 1
        types = dict.fromkeys(range(1, width, 2), pa.null()) | types
    if separator == WHITESPACE:
        separator = _blank(file)
    with pa.input_stream(str(file), compression=None) as stream:
        return pa.csv.read_csv(
            stream,
            pa.csv.ReadOptions(
                column_names=[str(place) for place in range(width)], skip_rows=layout.skip_lines, block_size=BLOCK
            ),
            pa.csv.ParseOptions(
                delimiter=separator, quote_char='"' if layout.quoted else False, newlines_in_values=layout.quoted
            ),
            pa.csv.ConvertOptions(
                column_types={str(place): kind for place, kind in types.items()},
                include_columns=[str(place) for place in types],
                null_values=[""],  # an id may well be called NA
                strings_can_be_null=True,
            ),
        )


def _blank(file: Path) -> str:
    """The character between the fields of the first line."""
    _, first = next(read_lines(file), (0, ""))
    return "\t" if "\t" in first else " "
