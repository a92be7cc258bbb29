"""The cells of a table in rows, for the forms that differ in their marks only."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from recexp.tables.output.layout import Layout, Line, Shown

T = TypeVar("T")
LEFT = ("row", "sees")  # columns of words


def header(of: Layout) -> list[str]:
    """The names of all columns of the printed table."""
    names = ["row", *(["sees"] if of.sees_anything else [])]
    places = ((column, metric) for column, metrics in of.columns for metric in metrics)
    for (column, metric), has_published in zip(places, of.has_published, strict=True):
        prefix = f"{column} " if len(of.columns) > 1 else ""
        names += [f"{prefix}{metric}", *([f"{prefix}{metric} published"] if has_published else [])]
    return names


def body(
    of: Layout, *, text: Callable[[str], T], ours: Callable[[Shown], T], published: Callable[[Shown], T]
) -> Iterator[list[T]]:
    """The rows, with words, our values and published values marked up."""
    for line in of.lines:
        cells = [text(label(line)), *([text(line.sees)] if of.sees_anything else [])]
        for shown, has_published in zip(line.cells, of.has_published, strict=True):
            cells += [ours(shown), *([published(shown)] if has_published else [])]
        yield cells


def label(line: Line) -> str:
    return f"{line.label} ({line.letter})" if line.letter else line.label


def notes_of(cell: Shown) -> str:
    """The footnotes of a published value: `[1,2]`."""
    return f"[{','.join(map(str, cell.notes))}]" if cell.notes else ""
