"""Figures of a table as SVG: points with intervals, quality against cost, training curves.

Readable on a light and on a dark page. Each names what it shows; where numbers are missing there is no figure.
"""

from collections.abc import Callable, Sequence
from html import escape

import numpy as np
import pandas as pd

from recexp.tables.result import TableResult

GREY, COLOURS = "#797979", ("#3a7fd5", "#c8641c", "#2f9a5d", "#a459c4", "#c2405a", "#8a7a1f", "#2595a5", "#797979")
ROW, LEFT, PLOT, HEIGHT, EDGE = 26, 260, 420, 300, 40  # pixels


def points(result: TableResult, column: str, metric: str) -> str | None:
    """A row for each row of the table, best first: the mean, its 95 % interval over users, the published value."""
    found = _rows(result, column, metric).sort_values("mean", ascending=False)
    if found.empty:
        return None
    ends = found[["low", "high", "published"]].to_numpy(float)
    place = _scale(float(np.nanmin(ends)), float(np.nanmax(ends)), LEFT, LEFT + PLOT)
    parts = [_text(LEFT, 0, f"{column}, {metric}: mean, 95 % interval over users; hollow: published", "start")]
    for number, of in enumerate(found.to_dict("records"), start=1):
        middle = ROW * number + ROW / 2
        parts.append(_text(LEFT - 12, ROW * number, of["label"], "end"))
        line = f'x1="{place(of["low"]):.1f}" x2="{place(of["high"]):.1f}" y1="{middle}" y2="{middle}"'
        parts.append(f'<line {line} stroke="{COLOURS[0]}" stroke-width="2"/>')
        parts.append(f'<circle cx="{place(of["mean"]):.1f}" cy="{middle}" r="4" fill="{COLOURS[0]}"/>')
        if not np.isnan(of["published"]):
            hollow = f'cx="{place(of["published"]):.1f}" cy="{middle}" r="5" fill="none" stroke="{COLOURS[1]}"'
            parts.append(f'<circle {hollow} stroke-width="1.5"/>')
        parts.append(_text(LEFT + PLOT + 12, ROW * number, f"{of['mean']:.4f}", "start"))
    return _svg(LEFT + PLOT + 80, ROW * (len(found) + 1) + 6, parts)


def cost(result: TableResult, column: str, metric: str, of_cost: str) -> str | None:
    """Quality against what a seed has taken, on a logarithmic scale. of_cost: `seconds` or `energy_j` of the frame."""
    found = _rows(result, column, metric)
    found = found[found[of_cost] > 0]
    if found.empty:
        return None
    spent = np.log10(found[of_cost] / found["seeds"])
    across = _scale(spent.min(), spent.max(), EDGE, PLOT)
    up = _scale(found["mean"].min(), found["mean"].max(), HEIGHT - EDGE, EDGE)
    parts = [_text(EDGE, 0, f"{column}, {metric} against {of_cost} of training a seed (logarithmic)", "start")]
    for number, (of, x) in enumerate(zip(found.to_dict("records"), map(across, spent), strict=True)):
        y, colour = up(of["mean"]), COLOURS[number % len(COLOURS)]
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        parts.append(_text(x + 8, y - 9, f"{of['label']} ({of[of_cost] / of['seeds']:,.0f})", "start", colour))
    return _svg(PLOT + LEFT, HEIGHT, parts)


def curves(result: TableResult, column: str) -> str | None:
    """The validation metric of each row after each epoch, of its first seed."""
    found = [(entry.row.label, _history(entry.runs[0][0].history)) for entry in result.entries if entry.runs and
             entry.column.key == column]  # fmt: skip
    lines = [(label, history) for label, history in found if history is not None]
    if not lines:
        return None
    name = lines[0][1].name
    across = _scale(0, max(len(history) for _, history in lines), EDGE, PLOT)
    up = _scale(
        min(history.min() for _, history in lines), max(history.max() for _, history in lines), HEIGHT - EDGE, EDGE
    )
    parts = [_text(EDGE, 0, f"{column}, {name} after each epoch, first seed", "start")]
    for number, (label, history) in enumerate(lines):
        path = " ".join(f"{across(epoch + 1):.1f},{up(value):.1f}" for epoch, value in enumerate(history))
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(_text(PLOT + 12, EDGE + ROW * number, label, "start", colour))
    return _svg(PLOT + LEFT, max(HEIGHT, EDGE + ROW * len(lines)), parts)


def _rows(result: TableResult, column: str, metric: str) -> pd.DataFrame:
    frame = result.frame
    return frame[(frame["column"] == column) & (frame["metric"] == metric) & frame["mean"].notna()]


def _history(file: object) -> "pd.Series[float] | None":
    try:
        history = pd.read_csv(str(file))
    except (OSError, ValueError):
        return None
    named = [name for name in history if str(name).startswith("val/ndcg")] or [
        name for name in history if str(name).startswith("val/")
    ]
    return history[named[0]] if named and len(history) else None


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """A linear map of [low, high] to pixels."""
    width = (high - low) or 1.0
    return lambda value: start + (value - low) / width * (end - start)


def _text(x: float, top: float, words: str, anchor: str, colour: str = GREY) -> str:
    return f'<text x="{x:.1f}" y="{top + 17:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="system-ui, sans-serif" font-size="13">'
    )
    return "\n".join([start, *parts, "</svg>\n"])
