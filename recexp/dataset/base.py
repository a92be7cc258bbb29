"""What a dataset is: where its raw file lies, how it is read, how it is filtered, and the counts it must have."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recexp.errors import ConfigError, DataError

COUNTS = ("users", "items", "interactions")
# category: one value; categories: any number of values (a list); number, log_number, binned_number: a number, to be
# standardised as it is, after its logarithm, or put into bins; text: words for a language model; vector: numbers of a
# fixed length from a model elsewhere.
FEATURE_KINDS = ("category", "categories", "number", "log_number", "binned_number", "text", "vector")


@dataclass(frozen=True, kw_only=True)
class Dataset(ABC):
    """A source of interactions. A new one is a subclass with `read` in one file, and one yaml in conf/dataset.

    name: names the dataset in records and run folders.
    path: the raw file.
    licence, citation: in words, for the card.
    notes: what whoever reads a number measured on it should know, in words, for the card.
    min_rating: interactions with a lower rating are dropped; None keeps all.
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
    expected: Mapping[str, int] | None = None
    filtered: Mapping[str, Mapping[str, int]] | None = None
    features: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.-]*", self.name):
            raise ConfigError(f"dataset.name: got {self.name!r}, expected letters, digits, '_', '-' or '.'")
        if self.min_rating is not None and not _is_number(self.min_rating):
            raise ConfigError(f"dataset.min_rating: got {self.min_rating!r}, expected a number or null")
        if self.k_core is not None and (type(self.k_core) is not int or self.k_core < 1):
            raise ConfigError(f"dataset.k_core: got {self.k_core!r}, expected a whole number from 1, or null")
        if unknown := set((self.features or {}).values()) - set(FEATURE_KINDS):
            raise ConfigError(f"dataset.features: got {sorted(unknown)}, expected only {', '.join(FEATURE_KINDS)}")
        if unknown := set(self.expected or ()) - set(COUNTS):
            raise ConfigError(f"dataset.expected: got {sorted(unknown)}, expected only {', '.join(COUNTS)}")

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

        SideInformation: user and item (int64 or str), time (int64 or float64; without it the order of the file is the
        order in time), rating (a number; optional). Raises DataError that names the file and the line.
        """

    def read_items(self, file: Path) -> pd.DataFrame | None:
        """What is known of the items: `item` (ids as in `read`) and a column for each feature of theirs, NaN or an
        empty list where it is not known; None without any. file: the raw file of the interactions."""
        return None

    def read_users(self, file: Path) -> pd.DataFrame | None:
        """The same of the users: `user` and a column for each feature of theirs."""
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
