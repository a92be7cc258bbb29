"""A table as one HTML page, without scripts, with its figures inside."""

from collections.abc import Sequence
from html import escape

from recexp.tables.output.grid import body, header, notes_of
from recexp.tables.output.layout import Layout, Shown

MARKS = {0: "{}", 1: "<b>{}</b>", 2: "<u>{}</u>"}
STYLE = (
    "body{font-family:system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}th,td{padding:.3em .7em;border-bottom:1px solid #9995;text-align:right}"
    "th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid}"
)


def html(of: Layout, figures: Sequence[str]) -> str:
    """figures: SVG."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header(of))
    lines = body(of, text=escape, ours=_ours, published=_published)
    rows = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for cells in lines]
    notes = "".join(f"<p>{escape(text)}</p>" for text in (*of.footnotes, *of.sources))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(of.title)}</title>'
        f"<style>{STYLE}</style><h1>{escape(of.title)}</h1>\n<table><thead><tr>{head}</tr></thead>\n"
        f"<tbody>{chr(10).join(rows)}</tbody></table>\n{notes}\n{chr(10).join(figures)}</html>\n"
    )


def _ours(cell: Shown) -> str:
    letters = f"<sup>{cell.letters}</sup>" if cell.letters else ""
    verdict = f" {cell.verdict}" if cell.verdict else ""
    return f"{MARKS[cell.place].format(escape(cell.ours))}{letters}{verdict}"


def _published(cell: Shown) -> str:
    return f"{cell.published}{f'<sup>{notes_of(cell)}</sup>' if cell.notes else ''}"
