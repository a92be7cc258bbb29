"""A row of a table in a column: its finished runs, what is missing, and the groups of its targets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from hydra.utils import instantiate

from recexp.config.compose import compose
from recexp.runs.folder import RunFolder
from recexp.runs.record import RunRecord
from recexp.statistics.slices import by_history_length, by_item_popularity, by_repetition, by_user_group
from recexp.statistics.user_values import UserValues, metric_of, user_values
from recexp.tables.definition import Column, Row


@dataclass(eq=False)
class Entry:
    """A row in a column. overrides: of its runs. runs: the finished seeds.

    problems: why the others are missing, such as `not built: ...`.
    """

    row: Row
    column: Column
    overrides: Sequence[str] = ()
    runs: list[tuple[RunFolder, RunRecord]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @cached_property
    def ranks(self) -> list[pd.DataFrame]:
        """Of each finished seed. Raises RunError where they are not those that the run wrote."""
        return [folder.read_ranks(record) for folder, record in self.runs]

    def values(self, metric: str) -> UserValues:
        return user_values(self.ranks, *metric_of(metric))

    @property
    def status(self) -> str:
        """`done`, `partial`, or the beginning of what is wrong: `not built`, `failed`, `refused`, `to run`."""
        if self.runs:
            return "partial" if self.problems else "done"
        return self.problems[0].partition(":")[0]

    def total(self, metric: str) -> float:
        """A sum over the finished seeds of what was measured, such as `train/energy_j`; NaN where it was not."""
        found = [record.metrics[metric] for _, record in self.runs if metric in record.metrics]
        return float(np.sum(found)) if found else np.nan


def labels_of(entry: Entry, name: str) -> np.ndarray:
    """The group of each target of the first seed."""
    (folder, record), ranks = entry.runs[0], entry.ranks[0]
    if name == "history_length":
        return by_history_length(ranks)
    if name == "item_popularity":
        return by_item_popularity(ranks, folder.read_data(record))
    if name == "repetition":
        return by_repetition(ranks, folder.read_data(record))
    return by_user_group(ranks, _users(entry), name)


def _users(entry: Entry) -> pd.DataFrame:
    """What the dataset of the entry knows of its users: `user` and the features; no features where it knows none."""
    dataset = instantiate(compose(*entry.overrides).dataset)
    users = dataset.read_users(dataset.locate())
    return pd.DataFrame({"user": []}) if users is None else users
