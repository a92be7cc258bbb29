"""The files of a table, each written whole or not at all."""

from functools import partial
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from recexp.files import write_atomically
from recexp.tables.output.figure import cost, curves, points
from recexp.tables.output.html import html
from recexp.tables.output.latex import latex
from recexp.tables.output.layout import Layout
from recexp.tables.output.markdown import markdown
from recexp.tables.result import TableResult


def write_table(result: TableResult, of: Layout, folder: Path) -> list[Path]:
    """table.{md,tex,html,csv}, comparisons.csv, slices.csv and figures; returns those that were written."""
    figures = _figures(result)
    texts = {
        "table.md": markdown(of),
        "table.tex": latex(of),
        "table.html": html(of, list(figures.values())),
        "table.csv": _csv(result.frame, of),
        **figures,
    }
    if len(result.comparisons):
        texts["comparisons.csv"] = _csv(result.comparisons, of)
    slices = [part for name in result.definition.slices if len(part := result.slices(name))]
    if slices:
        texts["slices.csv"] = _csv(pd.concat(slices, ignore_index=True), of)
    for name, text in texts.items():
        write_atomically(folder / name, partial(_write, text))
    return [folder / name for name in texts]


def _write(text: str, stream: BinaryIO) -> None:
    stream.write(text.encode())


def _csv(frame: pd.DataFrame, of: Layout) -> str:
    """With where the numbers come from as comments below."""
    return frame.to_csv(index=False) + "".join(f"# {text}\n" for text in of.sources)


def _figures(result: TableResult) -> dict[str, str]:
    found: dict[str, str | None] = {}
    for column in result.definition.columns.values():
        for metric in column.metrics:
            found[f"points-{column.key}-{metric}.svg"] = points(result, column.key, metric)
        for of_cost in ("seconds", "energy_j"):
            found[f"{of_cost}-{column.key}.svg"] = cost(result, column.key, column.metrics[-1], of_cost)
        found[f"curves-{column.key}.svg"] = curves(result, column.key)
    return {name: figure for name, figure in found.items() if figure is not None}
