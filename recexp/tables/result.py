"""What a table has found: numbers beside published ones, comparisons and slices, each as a DataFrame."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from recexp.statistics.bootstrap import interval, resampled_means, resampled_means_over_seeds
from recexp.statistics.comparison import compare
from recexp.statistics.corrections import benjamini_hochberg, holm
from recexp.statistics.slices import sliced
from recexp.statistics.user_values import UserValues, check_paired, metric_of
from recexp.tables.definition import Column, Definition
from recexp.tables.entry import Entry, labels_of
from recexp.tables.protocols import fingerprint_of


@dataclass(eq=False)
class TableResult:
    """overrides: those of the command, which all cells have beside the definition's."""

    definition: Definition
    entries: list[Entry]
    overrides: list[str]

    @cached_property
    def fingerprints(self) -> dict[str, str | None]:
        """Column -> the fingerprint of all its numbers. Raises RunError where there are two (T9)."""
        return {
            key: fingerprint_of(key, [(it.row.key, record) for it in self._of(key) for _, record in it.runs])
            for key in self.definition.columns
        }

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row for each row of the table, column and metric.

        mean, sd: over seeds. low, high: 95 % by bootstrap over users; with_seeds_low, with_seeds_high: over users and
        seeds. published, least, most, verdict: what is expected, and whether the mean is within, above or below.
        """
        rows = [record for key in self.definition.columns for record in self._column_rows(key)]
        return pd.DataFrame(rows)

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """A row for each pair of `compare`, column and metric: all of `Comparison`, and p_holm and
        p_benjamini_hochberg, by which p_randomisation holds for all pairs of the column under that metric."""
        parts = [
            self._compared(column, metric) for column in self.definition.columns.values() for metric in column.metrics
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def slices(self, name: str) -> pd.DataFrame:
        """Each metric on each part of the targets: history_length, item_popularity, repetition, or a user feature.

        A row for each row of the table, column, metric and group; see `recexp.statistics.slices.sliced`.
        """
        parts = []
        for entry in self.entries:
            if entry.runs:
                label = labels_of(entry, name)
                for metric in entry.column.metrics:
                    part = sliced(entry.ranks, label, *metric_of(metric))
                    where = {"row": entry.row.key, "column": entry.column.key, "metric": metric, "slice": name}
                    parts.append(part.assign(**where)[[*where, *part.columns]])
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def entry(self, row: str, column: str) -> Entry:
        return next(it for it in self.entries if (it.row.key, it.column.key) == (row, column))

    def _of(self, column: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.column.key == column]

    def _column_rows(self, column: str) -> list[dict[str, object]]:
        metrics = self.definition.columns[column].metrics
        done = [entry for entry in self._of(column) if entry.runs]
        values = {(entry.row.key, metric): entry.values(metric) for entry in done for metric in metrics}
        bounds = _intervals(list(values.values()))
        found = {place: (of, users, seeds) for (place, of), (users, seeds) in zip(values.items(), bounds, strict=True)}
        return [
            self._row(entry, metric, found.get((entry.row.key, metric)))
            for entry in self._of(column)
            for metric in metrics
        ]

    def _row(
        self, entry: Entry, metric: str, found: tuple[UserValues, np.ndarray, np.ndarray] | None
    ) -> dict[str, object]:
        row, column = entry.row, entry.column
        band = self.definition.band(row, column, metric)
        mean = np.nan if found is None else found[0].mean
        (low, high), (both_low, both_high) = ([np.nan] * 2, [np.nan] * 2) if found is None else found[1:]
        return {
            "row": row.key,
            "label": row.label,
            "sees": ", ".join(row.sees),
            "column": column.key,
            "metric": metric,
            "status": entry.status,
            "reason": "; ".join(dict.fromkeys(entry.problems)),
            "seeds": len(entry.runs),
            "mean": mean,
            "sd": np.nan if found is None else found[0].sd,
            "low": low,
            "high": high,
            "with_seeds_low": both_low,
            "with_seeds_high": both_high,
            "users": 0 if found is None else len(found[0].user_U),
            "published": row.published.get(column.key, {}).get(metric, np.nan),
            "least": np.nan if band is None else band[0],
            "most": np.nan if band is None else band[1],
            "verdict": "" if band is None or found is None else _verdict(mean, *band),
            "seconds": entry.total("train/seconds"),
            "energy_j": entry.total("train/energy_j"),
            "parameters": entry.total("model/parameters") / max(1, len(entry.runs)),
            "fingerprint": self.fingerprints[column.key] or "",
        }

    def _compared(self, column: Column, metric: str) -> pd.DataFrame:
        rows = []
        for first, second in self.definition.compare:
            ours, theirs = (self.entry(key, column.key) for key in (first, second))
            if ours.runs and theirs.runs:
                found = compare(ours.values(metric), theirs.values(metric))
                rows.append({"column": column.key, "metric": metric, "row": first, "against": second, **vars(found)})
        frame = pd.DataFrame(rows)
        if len(frame):
            p = frame["p_randomisation"].tolist()
            frame = frame.assign(p_holm=holm(p), p_benjamini_hochberg=benjamini_hochberg(p))
        return frame


def _intervals(values: Sequence[UserValues]) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each, float64 [2] twice: low and high over users, and over users and seeds.

    All are of one column, so of the same users, and share the resamples.
    """
    for other in values[1:]:
        check_paired(values[0], other)
    if not values:
        return []
    targets_U = values[0].targets_U
    over_users = interval(resampled_means(np.column_stack([of.pooled_U for of in values]), targets_U))
    both = np.full((2, len(values)), np.nan)  # of one seed nothing is known
    for seeds in {len(of.value_SU) for of in values} - {1}:
        these = [number for number, of in enumerate(values) if len(of.value_SU) == seeds]
        value_SUC = np.stack([values[number].value_SU for number in these], axis=-1)
        both[:, these] = interval(resampled_means_over_seeds(value_SUC, targets_U))
    return list(zip(np.stack(over_users, axis=1), both.T, strict=True))


def _verdict(mean: float, least: float, most: float) -> str:
    return "below" if mean < least else "above" if mean > most else "within"
