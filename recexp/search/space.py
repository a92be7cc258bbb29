"""The search space: overrides of `recexp train` whose values are searched."""

import json
from collections.abc import Mapping
from typing import Any

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from recexp.errors import ConfigError, suggest
from recexp.runs.identity import NOT_IN_RESULT

Distribution = CategoricalDistribution | FloatDistribution | IntDistribution

RANGE = ("low", "high", "step", "log")
# These make trials comparable, and a seed must not be chosen for its result.
SAME_IN_ALL = (
    *NOT_IN_RESULT, "seed", "dataset", "split", "protocol", "metric", "ks", "callbacks", "experiment", "local",
)  # fmt: skip


def read_space(search_space: str, space: Mapping[str, Any]) -> dict[str, Distribution]:
    """The distributions of a `space`: key or group -> list of choices, or {low, high} with step or log.

    Raises ConfigError.
    """
    if not space:
        raise ConfigError(
            f"search_space={search_space}: nothing is left to search, because every key of its space has a fixed value"
        )
    return {
        key: _distribution(f"search_space={search_space}, space, {key}", key, values) for key, values in space.items()
    }


def as_override(key: str, value: Any) -> str:
    """`key=value` in the grammar of `recexp train`."""
    return f"{key}={json.dumps(rounded(value))}"


def rounded(value: Any) -> Any:
    """The value that a trial uses: floats have four significant digits, so that 0.1 + 0.2 becomes 0.3."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def first_values(space: Mapping[str, Distribution]) -> dict[str, Any]:
    """One point of the space: the first choice or the lower bound of each parameter."""
    return {key: it.choices[0] if isinstance(it, CategoricalDistribution) else it.low for key, it in space.items()}


def _distribution(place: str, key: str, values: Any) -> Distribution:
    if key.partition(".")[0].partition("/")[0] in SAME_IN_ALL:
        raise ConfigError(f"{place}: cannot be searched, because trials are compared on the same data, metric and seed")
    if isinstance(values, list):
        return _choices(place, values)
    if isinstance(values, dict):
        return _range(place, values)
    raise ConfigError(f"{place}: got {values!r}, expected a list of choices or {{low: ..., high: ...}}")


def _choices(place: str, values: list[Any]) -> Distribution:
    for value in values:
        if not isinstance(value, bool | int | float | str | None):
            raise ConfigError(f"{place}: got the choice {value!r}, expected a number, a word, true, false or null")
    if not values or len(set(map(repr, values))) < len(values):
        raise ConfigError(f"{place}: got {values!r}, expected choices that differ")
    return CategoricalDistribution(values)


def _range(place: str, values: dict[str, Any]) -> Distribution:
    for name, value in values.items():
        if name not in RANGE:
            raise ConfigError(f"{place}: unknown key {name!r}. {suggest(name, RANGE)}")
        if name != "log" and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ConfigError(f"{place}, {name}: got {value!r}, expected a number")
    if not {"low", "high"} <= values.keys():
        raise ConfigError(f"{place}: got {values!r}, expected both low and high")
    whole = all(isinstance(value, int) for name, value in values.items() if name != "log")
    try:
        return IntDistribution(**values) if whole else FloatDistribution(**values)
    except ValueError as error:
        raise ConfigError(f"{place}: {error}") from error
