"""A table in Markdown."""

from recexp.tables.output.grid import LEFT, body, header, notes_of
from recexp.tables.output.layout import Layout, Shown

MARKS = {0: "", 1: "**", 2: "_"}


def markdown(of: Layout) -> str:
    names = header(of)
    rule = ["---" if name in LEFT else "---:" for name in names]
    rows = [names, rule, *body(of, text=str, ours=_ours, published=_published)]
    table = "\n".join(f"| {' | '.join(map(_escaped, cells))} |" for cells in rows)
    return "\n".join([f"**{of.title}**", "", table, "", *(f"- {text}" for text in (*of.footnotes, *of.sources)), ""])


def _escaped(text: str) -> str:
    """A bar would end the cell."""
    return text.replace("|", "\\|")


def _ours(cell: Shown) -> str:
    mark = MARKS[cell.place]
    letters = f" <sup>{cell.letters}</sup>" if cell.letters else ""
    return f"{mark}{cell.ours}{mark}{letters}{f' {cell.verdict}' if cell.verdict else ''}"


def _published(cell: Shown) -> str:
    return f"{cell.published} {notes_of(cell)}".strip()
