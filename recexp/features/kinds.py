"""The kinds of feature by the words that a dataset declares them with, as in `features: {genres: categories}`."""

from recexp.data.side_information import SideInformation
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


def make_features(columns: SideInformation, *, embedding_dim: int) -> list[Feature]:
    """One for each column, in their order."""
    return [
        KINDS[columns.kinds[name]](column=column, embedding_dim=embedding_dim)
        for name, column in columns.series.items()
    ]
