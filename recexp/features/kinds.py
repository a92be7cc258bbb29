"""The kinds of features, by the names that a dataset's yaml uses, as in `features: {genres: categories}`."""

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
    """One feature per column, in the order of the columns."""
    return [
        KINDS[columns.kinds[name]](column=column, embedding_dim=embedding_dim)
        for name, column in columns.series.items()
    ]
