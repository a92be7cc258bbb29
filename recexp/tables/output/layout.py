"""What every form of a table shows: its cells, which are best, what is significant, footnotes, and where from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from recexp.runs.identity import NOT_IN_RESULT
from recexp.sweep.estimate import in_words
from recexp.tables.definition import Row
from recexp.tables.result import TableResult

SIGNIFICANT = 0.05
VERDICTS = {"within": "✓", "above": "↑", "below": "↓", "": ""}


@dataclass(frozen=True)
class Shown:
    """A cell. ours: mean and deviation, or why there is none. place: 1 for the best of its column, 2 for the second.

    letters: of the rows than which this one is significantly better. published: empty where nothing is. notes: numbers
    of footnotes. verdict: of VERDICTS.
    """

    ours: str
    place: int = 0
    letters: str = ""
    published: str = ""
    notes: tuple[int, ...] = ()
    verdict: str = ""


@dataclass(frozen=True)
class Line:
    """A row. letter: by which comparisons name it; empty where none does."""

    label: str
    letter: str
    sees: str
    cells: list[Shown]


@dataclass(frozen=True)
class Layout:
    """columns: label of each column and its metrics. has_published: for each metric of each column."""

    title: str
    columns: list[tuple[str, list[str]]]
    has_published: list[bool]
    lines: list[Line]
    footnotes: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    @property
    def sees_anything(self) -> bool:
        return any(line.sees for line in self.lines)


def layout(result: TableResult) -> Layout:
    """Raises RunError where a column mixes protocols."""
    definition, frame = result.definition, result.frame
    letters = _letters(result)
    faults = list(dict.fromkeys(fault for row in definition.rows.values() for fault in row.faults))
    places = [(column.key, metric) for column in definition.columns.values() for metric in column.metrics]
    parts = {place: frame[(frame["column"] == place[0]) & (frame["metric"] == place[1])] for place in places}
    lines = [
        Line(
            row.label,
            letters.get(row.key, ""),
            ", ".join(row.sees),
            [_shown(result, row, parts[place].set_index("row"), faults, letters) for place in places],
        )
        for row in definition.rows.values()
    ]
    return Layout(
        title=definition.title,
        columns=[(column.label, column.metrics) for column in definition.columns.values()],
        has_published=[bool(parts[place]["published"].notna().any()) for place in places],
        lines=lines,
        footnotes=[f"[{number}] {definition.faults[fault]}" for number, fault in enumerate(faults, start=1)],
        sources=[*_explanations(result), *_sources(result)],
    )


def _letters(result: TableResult) -> dict[str, str]:
    """A letter for each row that is compared with another."""
    rows = [key for key in result.definition.rows if any(key in pair for pair in result.definition.compare)]
    return {key: chr(ord("a") + number) for number, key in enumerate(rows)}


def _shown(result: TableResult, row: Row, part: pd.DataFrame, faults: list[str], letters: dict[str, str]) -> Shown:
    """part: all rows of the table in one column under one metric."""
    of = part.loc[row.key]
    published = "" if pd.isna(of["published"]) else f"{of['published']:.4f}"
    notes = tuple(faults.index(fault) + 1 for fault in row.faults) if published else ()
    if pd.isna(of["mean"]):
        return Shown(str(of["status"]), published=published, notes=notes)
    ours = f"{of['mean']:.4f}" + ("" if pd.isna(of["sd"]) else f" ± {of['sd']:.4f}")
    if of["status"] == "partial":
        ours += f" ({of['seeds']} of {len(result.definition.seeds)} seeds)"
    rank = int((part["mean"] > of["mean"]).sum()) + 1
    return Shown(
        ours=ours,
        place=rank if rank <= 2 and part["mean"].notna().sum() > 1 else 0,
        letters="".join(sorted(letters[key] for key in _beaten(result, row.key, of["column"], of["metric"]))),
        published=published,
        notes=notes,
        verdict=VERDICTS[of["verdict"]],
    )


def _beaten(result: TableResult, row: str, column: str, metric: str) -> Iterator[str]:
    """The rows than which `row` is significantly better, after Holm's correction."""
    frame = result.comparisons
    if frame.empty:
        return
    here = frame[(frame["column"] == column) & (frame["metric"] == metric) & (frame["p_holm"] < SIGNIFICANT)]
    for it in here.to_dict("records"):
        winner, loser = (it["row"], it["against"]) if it["difference"] > 0 else (it["against"], it["row"])
        if winner == row:
            yield loser


def _explanations(result: TableResult) -> list[str]:
    definition = result.definition
    lines = [
        f"Ours: mean ± standard deviation over seeds {', '.join(map(str, definition.seeds))}. Best bold, second "
        "underlined.",
        f"Published: {definition.source}. ✓ within, ↑ above, ↓ below the band of the row, which is the published value "
        f"± {definition.tolerance:.0%} where the definition names no other.",
    ]
    frame = result.comparisons
    if not frame.empty:
        lines.append(
            f"A raised letter: significantly better than the row of that letter (p < {SIGNIFICANT}, two-sided paired "
            "randomisation test over users, corrected by Holm for all pairs of a column and metric)."
        )
        for metric, part in frame.groupby(["column", "metric"], sort=False):
            lines.append(
                f"{metric[0]}, {metric[1]}: {part['users'].max():,} users show a difference of "
                f"{part['smallest'].min():.4f} to {part['smallest'].max():.4f} with a power of 80 %, no smaller one."
            )
    return [*lines, *([definition.notes] if definition.notes else [])]


def _sources(result: TableResult) -> list[str]:
    """Where the numbers come from: protocol, versions, dates, and what was spent."""
    records = [record for entry in result.entries for _, record in entry.runs]
    if not records:
        return ["No cell has been run."]
    lines = []
    for column, fingerprint in result.fingerprints.items():
        found = [record for entry in result.entries if entry.column.key == column for _, record in entry.runs]
        if found:
            protocol = found[0].protocol
            lines.append(
                f"{column}: protocol {fingerprint}, {protocol['split']}; {protocol['candidates']}; ties: "
                f"{protocol['ties']}; data {protocol['dataset_sha256'][:8]}."
            )
    shas = sorted({record.git_sha or "unknown" for record in records})
    days = sorted({datetime.fromisoformat(record.finished).date().isoformat() for record in records})
    wall = sum(
        (datetime.fromisoformat(it.finished) - datetime.fromisoformat(it.started)).total_seconds() for it in records
    )
    lines.append(
        f"{len(records)} finished runs, {days[0]} to {days[-1]}, {in_words(wall)} in all; git {', '.join(shas)}."
    )
    searched = [row for row in result.definition.rows.values() if row.search is not None]
    lines += [f"{row.label}: {row.search.trials} trials on validation." for row in searched if row.search is not None]
    if changed := [text for text in result.overrides if not _changes_nothing(text)]:
        lines.append(f"Not as defined: every cell with {' '.join(changed)}.")
    return lines


def _changes_nothing(override: str) -> bool:
    """Whether it is one of a place, a logger or a launcher, which change no number."""
    return re.split("[./=@]", override.lstrip("+~"))[0] in NOT_IN_RESULT
