"""Tables for people: rich in a terminal, Markdown and CSV for papers and programs."""

import shutil
from collections.abc import Mapping, Sequence
from io import StringIO

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recexp.errors import printable
from recexp.runs.leaderboard import Block

NOTHING = "-"


def console() -> Console:
    """Standard output; as wide as the terminal, or wide enough where there is none."""
    return Console(width=shutil.get_terminal_size((160, 50)).columns, highlight=False)


def plain(value: object) -> Text:
    """Text as it is, whoever wrote it: no markup, nothing that a terminal obeys."""
    return Text(printable(str(value)))


def protocol_in_words(protocol: dict[str, str]) -> str:
    """One line that says what was ranked, against what, by which rule."""
    parts = f"{protocol['split']}; {protocol['candidates']}; ties: {protocol['ties']}"
    return f"{parts} [data {protocol['dataset_sha256'][:8]}, protocol {protocol['fingerprint']}]"


def metrics_table(metrics: dict[str, float]) -> Table:
    """Quality metrics, validation beside test; `-` where one is missing."""
    table = Table()
    for column in ("metric", "val", "test"):
        table.add_column(column, justify="left" if column == "metric" else "right")
    names = dict.fromkeys(key.partition("/")[2] for key in metrics if key.startswith(("val/", "test/")))
    for name in names:
        table.add_row(plain(name), *(number(metrics.get(f"{part}/{name}")) for part in ("val", "test")))
    return table


def costs(metrics: dict[str, float]) -> str:
    """What the run took, as far as it was measured."""
    units = {
        "train/epochs": "epochs",
        "train/seconds": "s of training",
        "train/positions_per_s": "positions/s",
        "model/parameters": "parameters",
        "train/peak_memory_mb": "MB of memory at most",
        "train/energy_j": "J of the whole machine",
    }
    return ", ".join(f"{metrics[key]:,.0f} {unit}" for key, unit in units.items() if key in metrics)


def verdicts(expected: Mapping[str, Sequence[float]], metrics: Mapping[str, float]) -> list[str]:
    """The metrics of a run against the bands of its pinned experiment, where they were measured at these cut-offs."""
    return [f"{metric}: {band(expected[metric], metrics[metric])}" for metric in expected if metric in metrics]


def band(bounds: Sequence[float], value: float) -> str:
    """Where the value lies: `within 0.221 to 0.245`."""
    least, most = bounds
    return f"{'within' if least <= value <= most else 'OUTSIDE'} {least:.3f} to {most:.3f}"


def number(value: float | None) -> str:
    """Four digits after the point for shares, none for large counts."""
    if value is None or pd.isna(value):
        return NOTHING
    return f"{value:.4f}" if abs(value) < 10 else f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"


def print_blocks(blocks: Sequence[Block], format: str) -> None:
    """format: table, csv or markdown."""
    PRINTERS[format](blocks)


def _print_tables(blocks: Sequence[Block]) -> None:
    for block in blocks:
        shown = in_words(block.table)
        table = Table()
        for column in shown:
            table.add_column(plain(column), justify="right" if "/" in column else "left", overflow="fold")
        for row in shown.itertuples(index=False):
            table.add_row(*map(plain, row))
        out = console()
        out.print(plain(f"{block.dataset}: {protocol_in_words(block.protocol)}"), soft_wrap=True)
        out.print(table)


def _print_markdown(blocks: Sequence[Block]) -> None:
    for block in blocks:
        shown = in_words(block.table)
        print(printable(f"**{block.dataset}**: {protocol_in_words(block.protocol)}\n"))
        for cells in (shown.columns, ["---:" if "/" in column else "---" for column in shown], *shown.to_numpy()):
            print(printable(f"| {' | '.join(cells)} |"))
        print()


def _print_csv(blocks: Sequence[Block]) -> None:
    tables = [block.table.assign(**block.protocol) for block in blocks]
    text = StringIO()
    pd.concat(tables, ignore_index=True).to_csv(text, index=False)
    print(printable(text.getvalue()), end="")


PRINTERS = {"table": _print_tables, "csv": _print_csv, "markdown": _print_markdown}


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """All text: mean and standard deviation of a metric in one cell."""
    shown = {}
    for column in table.drop(columns="dataset"):
        if f"{column} sd" in table:
            shown[column] = [
                number(mean) if pd.isna(sd) else f"{number(mean)} ± {number(sd)}"
                for mean, sd in zip(table[column], table[f"{column} sd"], strict=True)
            ]
        elif not column.endswith(" sd"):
            shown[column] = table[column].fillna(NOTHING).astype(str).tolist()
    return pd.DataFrame(shown)
