"""The files of S3-Rec (Zhou et al., CIKM 2020): 'user item item ...' a line, and the attributes of the items."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recexp.dataset.published import Published
from recexp.dataset.sequences import UserHistoryLines
from recexp.dataset.side_information import find_side_information
from recexp.errors import DataError


@dataclass(frozen=True, kw_only=True)
class S3RecFile(Published, UserHistoryLines):
    """<name>.txt and, beside it, <name>_item2attributes.json; <name>_attribute_names.json where someone made one."""

    def read_items(self, file: Path) -> pd.DataFrame | None:
        """The numbers of an item's attributes, each once, or their names where they are known."""
        found = find_side_information(file, f"{file.stem}_item2attributes.json", source=str(self.homepage))
        if found is None:
            return None
        named = file.with_name(f"{file.stem}_attribute_names.json")
        names = _mapping(named) if named.is_file() else {}
        attributes = {item: _attributes(found, item, numbers) for item, numbers in _mapping(found).items()}
        listed = [[str(names.get(number, number)) for number in numbers] for numbers in attributes.values()]
        return pd.DataFrame({"item": pd.Series(list(attributes), dtype=str), "attributes": listed})


def _attributes(file: Path, item: str, numbers: Any) -> list[str]:
    """Each once."""
    if not isinstance(numbers, list) or not all(isinstance(number, int | str) for number in numbers):
        raise DataError(f"{file}: item {item!r}: got {numbers!r}, expected a list of numbers")
    return list(dict.fromkeys(map(str, numbers)))


def _mapping(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except ValueError as error:
        raise DataError(f"{file}: no JSON ({error})") from error
    if not isinstance(found, dict):
        raise DataError(f"{file}: got a {type(found).__name__}, expected an object: item -> attributes")
    return found
