"""From the names in the config to what is known: `features=[genres,age,hour]`."""

from collections.abc import Mapping, Sequence

from recexp.dataset.base import Dataset
from recexp.errors import ConfigError, DataError, suggest
from recexp.features.columns import FeatureColumns, aligned
from recexp.features.context import CONTEXT, check_times
from recexp.features.kinds import KINDS
from recexp.interactions import Prepared


def check_features(names: Sequence[str], dataset: str, declared: Mapping[str, str]) -> None:
    """Raises ConfigError for a name that is unknown, there twice, or of a kind for which there are no vectors.

    dataset: its name; declared: name -> kind of what it may tell, as in `dataset.features`.
    """
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"features: got {name!r} {names.count(name)} times, expected it once")
        if name not in declared and name not in CONTEXT:
            known = ", ".join(f"{name} ({kind})" for name, kind in declared.items()) or "none"
            raise ConfigError(
                f"features: got {name!r}. {suggest(name, [*declared, *CONTEXT])} Features of dataset {dataset!r}: "
                f"{known}; of the time of an interaction: {', '.join(CONTEXT)}."
            )
        if name in declared and declared[name] not in KINDS:
            usable = [name for name, kind in declared.items() if kind in KINDS]
            raise ConfigError(
                f"features: {name!r} of dataset {dataset!r} is of the kind {declared[name]!r}, which has no vectors "
                f"yet; kinds that have: {', '.join(KINDS)}. Usable here: {', '.join([*usable, *CONTEXT])}."
            )


def read_features(names: Sequence[str], dataset: Dataset, prepared: Prepared) -> FeatureColumns:
    """The columns of the named features; a name is the dataset's own before it is one of the time.

    Reads the dataset's tables of items and users anew, each only where a feature needs it. Raises ConfigError for
    names as `check_features` does and for features of the time without times, DataError for bad or missing tables.
    """
    declared = dataset.features or {}
    check_features(names, dataset.name, declared)
    kinds = {name: declared[name] for name in sorted(names) if name in declared}
    context = tuple(sorted(set(names) - set(kinds)))
    if context:
        check_times(context, prepared)
    file, interactions = dataset.locate(), prepared.interactions
    items = dataset.read_items(file) if kinds else None
    item = aligned(items, list(kinds), "item", interactions.item_ids, file)
    users = dataset.read_users(file) if len(item) < len(kinds) else None
    user = aligned(users, [name for name in kinds if name not in item], "user", interactions.user_ids, file)
    if absent := [name for name in kinds if name not in item and name not in user]:
        raise DataError(
            f"features: nothing is known of {', '.join(absent)}: the files that tell it are not beside {file}, where "
            f"dataset {dataset.name!r} looks for them"
        )
    return FeatureColumns(item=item, user=user, kinds=kinds, context=context)
