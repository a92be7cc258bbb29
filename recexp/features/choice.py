"""Reads the features that a config names, as in `features=[genres,age,hour]`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recexp.data.interactions import Prepared
from recexp.data.side_information import SideInformation, aligned
from recexp.dataset.base import Dataset
from recexp.errors import ConfigError, DataError, suggest
from recexp.features.context import CONTEXT_FEATURES, check_times
from recexp.features.kinds import KINDS


@dataclass(frozen=True, eq=False)
class Features:
    """What was chosen.

    item: a row for each item_idx from 0, padding, of which nothing is known; user: a row for each user_idx.
    context: names of features of the time of an interaction, sorted, see `recexp.features.context`.
    """

    item: SideInformation
    user: SideInformation
    context: tuple[str, ...]

    def names(self) -> list[str]:
        return [*self.item.series, *self.user.series, *self.context]

    def sha256(self) -> str:
        """The hash of the side information; empty without any."""
        return self.item.sha256() + self.user.sha256()


NO_FEATURES = Features(item=SideInformation({}, {}), user=SideInformation({}, {}), context=())


def check_features(names: Sequence[str], dataset: str, declared: Mapping[str, str]) -> None:
    """Raises ConfigError for a name that is unknown, repeated, or of a kind that is not supported.

    dataset: its name. declared: name -> kind of the dataset's columns, as in `dataset.features`.
    """
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"features: got {name!r} {names.count(name)} times, expected it once")
        if name not in declared and name not in CONTEXT_FEATURES:
            known = ", ".join(f"{name} ({kind})" for name, kind in declared.items()) or "none"
            raise ConfigError(
                f"features: got {name!r}. {suggest(str(name), [*declared, *CONTEXT_FEATURES])} "
                f"Features of dataset {dataset!r}: "
                f"{known}; of the time of an interaction: {', '.join(CONTEXT_FEATURES)}."
            )
        if name in declared and declared[name] not in KINDS:
            usable = [name for name, kind in declared.items() if kind in KINDS]
            raise ConfigError(
                f"features: {name!r} of dataset {dataset!r} is of the kind {declared[name]!r}, which is not "
                f"supported; these are: {', '.join(KINDS)}. Usable here: {', '.join([*usable, *CONTEXT_FEATURES])}."
            )


def read_features(names: Sequence[str], dataset: Dataset, prepared: Prepared) -> Features:
    """Reads the named features. A column of the dataset takes precedence over a context feature of the same name.

    The order of the names does not matter. The dataset's tables of items and users are read again, if a feature needs
    them. Raises ConfigError as `check_features` does and for context features without times, and DataError for bad or
    missing tables.
    """
    declared = dataset.features or {}
    check_features(names, dataset.name, declared)
    kinds = {name: declared[name] for name in names if name in declared}
    context = tuple(sorted(set(names) - set(kinds)))
    if context:
        check_times(context, prepared)
    file, interactions = dataset.locate(), prepared.interactions
    item = aligned(dataset.read_items(file) if kinds else None, kinds, "item", interactions.item_ids, file)
    others = {name: kind for name, kind in kinds.items() if name not in item.series}
    user = aligned(dataset.read_users(file) if others else None, others, "user", interactions.user_ids, file)
    if absent := sorted(set(others) - set(user.series)):
        raise DataError(
            f"features: no values for {', '.join(absent)}: the files that contain them are not beside {file}, where "
            f"dataset {dataset.name!r} looks for them"
        )
    return Features(item=item, user=user, context=context)
