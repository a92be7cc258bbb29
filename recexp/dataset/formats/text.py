"""Text files with one interaction a line, read by pyarrow in threads; what that refuses is read line by line."""

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from recexp.dataset.formats.lines import WHITESPACE, Layout, read_by_line, read_lines, read_records
from recexp.dataset.formats.rows import NEEDED, find_bad_row
from recexp.dataset.formats.stream import BLOCK, blocks
from recexp.dataset.formats.times import moments
from recexp.errors import DataError

__all__ = ["WHITESPACE", "read_header", "read_lines", "read_text"]

NUMBERS = (pa.int64(), pa.float64())
NUMBERS_OR_TEXT = (*NUMBERS, pa.string())
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
    own: bool = False,
    keep_missing: bool = False,
) -> pd.DataFrame:
    """The columns of a text file under the names of `columns` (name -> position from 0), in the order of the file.

    width: the number of columns every line must have. layout: a good line in words, for the error.
    quoted: fields may stand in double quotes. whole_ids: ids are whole numbers (int64), else they are text (a category
    column, which holds each once). Other columns are int64, or float64 where one of their numbers is broken.
    own: somebody's own table: its times may be dates in words, which become datetime64[ns] in UTC. keep_missing: an
    empty user, item or time is NaN, beside which whole numbers are Int64; else it is bad.
    A file whose name ends in .gz is read as it is unpacked.
    Raises DataError that names the file and the first bad line (from 1); blank lines are skipped.
    """
    lines = Layout(columns, width, separator, layout, skip_lines, quoted, whole_ids, own, keep_missing)
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
    numbers = {
        place: NUMBERS_OR_TEXT if layout.own and name == "time" else NUMBERS
        for name, place in places.items()
        if place not in ids
    }
    table = _read_table(file, layout, ids, numbers) if len(ids) + len(numbers) == len(places) else None
    if table is None:
        return None
    table = table.select([str(place) for place in places.values()]).rename_columns(list(places))
    may_miss = NEEDED if layout.keep_missing else ()
    if not len(table) or any(table[name].null_count for name in table.column_names if name not in may_miss):
        return None
    if "time" in table.column_names and table["time"].type == pa.string():
        moment = pa.chunked_array([moments(text) for text in table["time"].chunks])
        if moment.null_count > table["time"].null_count:
            return None
        table = table.set_column(table.column_names.index("time"), "time", moment)
    if layout.quoted and _has_lines_in_quotes(file, len(table) + layout.skip_lines):
        return None
    whole = {pa.int64(): pd.Int64Dtype()} if layout.keep_missing else {}
    frame = table.to_pandas(split_blocks=True, self_destruct=True, types_mapper=whole.get)
    text = [] if layout.whole_ids else [frame[name].cat.categories for name in layout.ids]
    if any(found.str.startswith(" ").any() for found in text):
        return None
    if find_bad_row(
        frame.select_dtypes(exclude="datetime"), whole_ids=layout.whole_ids, keep_missing=layout.keep_missing
    ):
        return None
    return frame


def _has_hexadecimal(file: Path) -> bool:
    """Whether a field begins as 0x1F does, which pyarrow takes for the number 31."""
    before = b""
    for block in blocks(file):
        piece = before + block
        anywhere = any(piece.find(prefix) >= 0 for prefix in (b"0x", b"0X"))  # at the speed of memory
        if anywhere and re.search(rb"(?<![0-9A-Za-z])0[xX]", piece):
            return True
        before = piece[-2:]  # what a prefix and the character before it lack of one more
    return False


def _has_lines_in_quotes(file: Path, rows: int) -> bool:
    """Whether a quote is left open, which to pyarrow hides the lines up to the next quote, or the end. rows: read."""
    quotes = lines = 0
    last = b""
    for block in blocks(file):
        quotes, lines, last = quotes + block.count(b'"'), lines + block.count(b"\n"), block[-1:]
    return quotes > 0 and (quotes % 2 == 1 or lines + (last != b"\n") != rows)


def _read_table(file: Path, layout: Layout, ids: Types, numbers: dict[int, tuple[pa.DataType, ...]]) -> pa.Table | None:
    """Columns named by their places, each number of the first of its types that fits; None for all else."""
    while True:
        try:
            return _parse(file, layout, {**ids, **{place: kinds[0] for place, kinds in numbers.items()}})
        except (ValueError, OSError) as error:  # of pyarrow, too; an OSError is a file that does not unpack
            broken = re.search(r"column #(\d+): .*conversion error", str(error))
            place = int(broken[1]) if broken else -1
            if len(numbers.get(place, ())) < 2:
                return None
            numbers = {**numbers, place: numbers[place][1:]}


def _parse(file: Path, layout: Layout, types: Types) -> pa.Table:
    """The columns at the places of `types`, named by their places. '::' is two separators with nothing between."""
    separator, width = layout.separator, layout.width
    if separator == "::":
        separator, width = ":", 2 * width - 1
        types = dict.fromkeys(range(1, width, 2), pa.null()) | types
    if separator == WHITESPACE:
        separator = _blank(file)
    with pa.input_stream(str(file), compression="gzip" if file.suffix == ".gz" else None) as stream:
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
