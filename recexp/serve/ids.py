"""Finds external ids among those of a run."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from recexp.errors import ConfigError

NEIGHBOURS = 20_000  # ids on either side, in their order, that are searched for a similar one


class Ids:
    """kind: "user" or "item". ids: int64 or str, ascending. Whole numbers may be asked for as text."""

    def __init__(self, kind: str, ids: np.ndarray) -> None:
        self.kind, self.ids = kind, ids

    def find(self, wanted: Sequence[Any] | np.ndarray) -> np.ndarray:
        """int64: the place of each id in `ids`. Raises ConfigError that names the first unknown id."""
        values = _array(wanted)
        if values.ndim != 1:
            raise ConfigError(f"{self.kind}s: got {wanted!r:.200}, expected a list of ids")
        if values.dtype.kind != self.ids.dtype.kind:
            values = np.array([self._converted(value) for value in wanted], self.ids.dtype.type)
        place = np.searchsorted(self.ids, values).clip(max=len(self.ids) - 1)
        unknown = self.ids[place] != values
        if unknown.any():
            raise self._unknown(values[unknown.argmax()].item())
        return place

    def _converted(self, value: Any) -> Any:
        """As the ids are: text, or a whole number."""
        if not isinstance(value, str | int | np.integer | np.str_) or isinstance(value, bool):
            raise ConfigError(f"{self.kind}: got {value!r:.200}, expected an id: text or a whole number")
        if self.ids.dtype.kind == "U":
            return str(value)
        try:
            number = np.int64(value)
        except (ValueError, OverflowError):
            raise self._unknown(value) from None
        if str(number) != str(value):  # 007 is not 7
            raise self._unknown(value)
        return number

    def _unknown(self, value: Any) -> ConfigError:
        if self.ids.dtype.kind == "U":
            place = int(np.searchsorted(self.ids, value))
            known = map(str, self.ids[max(0, place - NEIGHBOURS) : place + NEIGHBOURS])
            near = get_close_matches(value, list(known))
            hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"Its ids look like {self.ids[0]!s}."
        else:
            hint = f"Its ids are whole numbers from {self.ids[0]} to {self.ids[-1]}, not all of them in use."
        return ConfigError(f"{self.kind}: the run does not know {self.kind} {value!r:.200}. {hint}")


def _array(wanted: Any) -> np.ndarray:
    """What has no regular shape becomes a single object."""
    try:
        return np.asarray(wanted)
    except ValueError:
        return np.array(None)
