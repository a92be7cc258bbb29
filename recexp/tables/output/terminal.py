"""A table in the terminal."""

from rich.table import Table
from rich.text import Text

from recexp.errors import printable
from recexp.runs.rendering import console, plain
from recexp.tables.output.grid import LEFT, body, header, notes_of
from recexp.tables.output.layout import Layout, Shown

STYLES = {0: "", 1: "bold", 2: "underline"}


def print_table(of: Layout, problems: list[str]) -> None:
    """problems: why cells are missing, a line each."""
    table = Table(title=printable(of.title), title_justify="left")
    names = header(of)
    for name in names:
        table.add_column(plain(name), justify="left" if name in LEFT else "right", overflow="fold")
    for cells in body(of, text=plain, ours=_ours, published=_published):
        table.add_row(*cells)
    out = console()
    out.print(table)
    for text in (*of.footnotes, *of.sources, *problems):
        out.print(plain(text), soft_wrap=True)


def _ours(cell: Shown) -> Text:
    text = Text(printable(cell.ours), style=STYLES[cell.place])
    return text.append(f" {cell.letters}".rstrip(), style="not bold not underline").append(
        f" {cell.verdict}".rstrip(), style="not bold not underline"
    )


def _published(cell: Shown) -> Text:
    return plain(f"{cell.published} {notes_of(cell)}".strip())
