"""The kinds of feature by the words that a dataset declares them with, as in `features: {genres: categories}`."""

from collections.abc import Mapping

import pandas as pd

from recexp.features.base import Feature
from recexp.features.categories import CategoriesFeature
from recexp.features.category import CategoryFeature
from recexp.features.number import BinnedNumberFeature, LogNumberFeature, NumberFeature

KINDS: dict[str, type[Feature]] = {
    "category": CategoryFeature,
    "categories": CategoriesFeature,
    "number": NumberFeature,
    "log_number": LogNumberFeature,
    "binned_number": BinnedNumberFeature,
}


def make_features(columns: Mapping[str, pd.Series], kinds: Mapping[str, str], *, embedding_dim: int) -> list[Feature]:
    """One for each column, in their order."""
    return [KINDS[kinds[name]](column=column, embedding_dim=embedding_dim) for name, column in columns.items()]
