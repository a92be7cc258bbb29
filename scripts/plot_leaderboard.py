"""Draw the leaderboard of one protocol as an SVG, readable on a light and on a dark page.

    python scripts/plot_leaderboard.py runs docs/leaderboard.svg --dataset ml-latest-small

A row for each configuration, best first; a panel for each metric, with the mean over seeds. Bars without attention
(popularity, and the plain mean of the history) are grey. There must be one protocol: runs that were ranked by
different rules do not belong in one picture.
"""

import argparse
from html import escape
from pathlib import Path

import pandas as pd

from recexp.errors import printable
from recexp.runs.leaderboard import Block, find_records, leaderboard

GREY, BLUE = "#797979", "#3a7fd5"  # contrast with white 4.4 and 4.1, with a dark page (#0d1117) 4.3 and 4.7
WITHOUT_ATTENTION = ("mean-", "popularity")  # beginnings of labels
ROW, TOP, NAMES, PANEL, VALUE = 26, 30, 250, 170, 60  # pixels; VALUE is what a number beside a bar takes


def one_block(runs: Path, metrics: list[str], dataset: str | None) -> Block:
    """The only leaderboard block below `runs`, best first by the last metric."""
    frame = find_records(runs)
    if dataset is not None:
        frame = frame[frame["dataset"] == dataset]
    blocks = leaderboard(frame, metrics, sort=metrics[-1]) if len(frame) else []
    if len(blocks) != 1:
        found = "; ".join(f"{block.dataset} under {block.protocol['fingerprint']}" for block in blocks)
        raise SystemExit(f"{runs}: expected runs of one dataset and protocol, found {found or 'none'}. Try --dataset")
    return blocks[0]


def drawn(table: pd.DataFrame, metrics: list[str]) -> str:
    """The SVG. table: a row for each configuration, in order, with `label` and the metrics."""
    width, height = NAMES + len(metrics) * (PANEL + VALUE), TOP + ROW * len(table) + 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{GREY}">'
    ]
    for place, label in enumerate(table["label"]):
        parts.append(text(NAMES - 10, TOP + ROW * place, printable(label), anchor="end"))
    for panel, metric in enumerate(metrics):
        left = NAMES + panel * (PANEL + VALUE)
        parts.append(text(left, 2, metric.removeprefix("test/").upper(), weight="bold"))
        for place, (label, value) in enumerate(zip(table["label"], table[metric], strict=True)):
            top, length = TOP + ROW * place, PANEL * value / table[metric].max()
            colour = GREY if label.startswith(WITHOUT_ATTENTION) else BLUE
            parts.append(f'<rect x="{left}" y="{top}" width="{length:.1f}" height="{ROW - 8}" rx="2" fill="{colour}"/>')
            parts.append(text(left + length + 6, top, f"{value:.4f}"))
    return "\n".join([*parts, "</svg>\n"])


def text(x: float, top: float, words: str, *, anchor: str = "start", weight: str = "normal") -> str:
    """Words in the row that begins at `top`."""
    style = f'text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{top + 14:.1f}" {style}>{escape(words)}</text>'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--dataset")
    parser.add_argument("--metrics", nargs="+", default=["test/hr@10", "test/ndcg@10"])
    arguments = parser.parse_args()
    block = one_block(arguments.runs, arguments.metrics, arguments.dataset)
    arguments.output.write_text(drawn(block.table, arguments.metrics))


if __name__ == "__main__":
    main()
