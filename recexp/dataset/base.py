"""What a dataset is: where its raw file lies, how it is read, how it is filtered, and the counts it must have."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recexp.checks import is_number
from recexp.errors import ConfigError, DataError

COUNTS = ("users", "items", "interactions")
# category: one value; categories: any number of values (a list); number, log_number, binned_number: a number, to be
# standardised as it is, after its logarithm, or put into bins; text: words for a language model; vector: numbers of a
# fixed length from a model elsewhere.
FEATURE_KINDS = ("category", "categories", "number", "log_number", "binned_number", "text", "vector")

LONGEST_NAME = 100  # bytes; 255 is what file systems take, a hash and the marks of temporary files included


@dataclass(frozen=True, kw_only=True)
class Dataset(ABC):
    """A source of interactions. A new one is a subclass with `read` in one file, and one yaml in conf/dataset.

    name: names the dataset in records and run folders.
    path: the raw file.
    licence, citation: in words, for the card.
    notes: what whoever reads a number measured on it should know, in words, for the card.
    min_rating: interactions with a lower rating are dropped; None keeps all.
    drop_missing: rows without user, item or, where there are times, time are left out and counted; False: an error.
        Only tables of one's own may have such rows: no parser of a published file lets one pass.
    k_core: users and items with fewer interactions are dropped, again and again until none is left; None keeps all.
    expected: users, items, interactions of the raw file, before the filters; others are an error (T15).
    filtered: the same after filters, as published: "k_core=5" -> users, items, interactions.
    features: name -> kind of each column that `read_items` and `read_users` give.
    """

    name: str
    path: str
    licence: str | None = None
    citation: str | None = None
    notes: str | None = None
    min_rating: float | None = None
    k_core: int | None = None
    drop_missing: bool = False
    expected: Mapping[str, int] | None = None
    filtered: Mapping[str, Mapping[str, int]] | None = None
    features: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.-]*", self.name) or len(self.name.encode()) > LONGEST_NAME:
            raise ConfigError(
                f"dataset.name: got {self.name!r}, expected at most {LONGEST_NAME} letters, digits, '_', '-' or '.': "
                "it names folders"
            )
        if self.min_rating is not None and not is_number(self.min_rating):
            raise ConfigError(f"dataset.min_rating: got {self.min_rating!r}, expected a number or null")
        if self.k_core is not None and (type(self.k_core) is not int or self.k_core < 1):
            raise ConfigError(f"dataset.k_core: got {self.k_core!r}, expected a whole number from 1, or null")
        for name, kind in _mapping("features", self.features, "{year: number}").items():
            if kind not in FEATURE_KINDS:
                raise ConfigError(f"dataset.features.{name}: got {kind!r}, expected one of {', '.join(FEATURE_KINDS)}")
        _check_counts("expected", self.expected)
        for filters, counts in _mapping("filtered", self.filtered, "{k_core=5: {users: 943}}").items():
            _check_counts(f"filtered.{filters}", counts)

    def locate(self) -> Path:
        """The raw file. Raises DataError when there is none."""
        file = Path(self.path).expanduser()
        if not file.is_file():
            problem = "is a folder, expected a file:" if file.is_dir() else "there is no file"
            raise DataError(f"dataset.path: {problem} {file} (seen from {Path.cwd()})")
        return file

    @abstractmethod
    def read(self, file: Path) -> pd.DataFrame:
        """One row an interaction, in the order of the file.

        Columns: user and item (int64 or str), time (int64 or float64; without it the order of the file is the
        order in time), rating (a number; optional). With `drop_missing` any
        of user, item and time may be NaN. Raises DataError that names the file and the line.
        """

    def read_items(self, file: Path) -> pd.DataFrame | None:
        """What is known of the items: `item` (ids as in `read`) and a column for each feature of theirs, NaN or an
        empty list where it is not known; None without any. file: the raw file of the interactions."""
        return None

    def read_users(self, file: Path) -> pd.DataFrame | None:
        """The same of the users: `user` and a column for each feature of theirs."""
        return None


def _mapping(key: str, value: object, example: str) -> Mapping[str, Any]:
    """`value`, or nothing in the place of None. Raises ConfigError for what is no mapping."""
    if value is not None and not isinstance(value, Mapping):
        raise ConfigError(f"dataset.{key}: got {value!r}, expected a mapping such as {example}, or null")
    return value or {}


def _check_counts(key: str, counts: object) -> None:
    for name, count in _mapping(key, counts, "{users: 943, items: 1682}").items():
        if name not in COUNTS or type(count) is not int or count < 0:
            expected = f"whole numbers of {', '.join(COUNTS)}"
            raise ConfigError(f"dataset.{key}: got {name}: {count!r}, expected {expected}")
