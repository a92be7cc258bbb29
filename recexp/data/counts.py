"""Published counts, of the raw file and after the filters of papers: with others it is another dataset (T15)."""

from collections.abc import Mapping
from pathlib import Path

from recexp.errors import DataError

NO_FILTERS = "no filters"


def filters_in_words(*, min_rating: float | None, k_core: int | None) -> str:
    """As one writes them on the command line, less 'dataset.': 'min_rating=4 k_core=5'."""
    values = {"min_rating": min_rating, "k_core": k_core}
    return " ".join(f"{name}={value:g}" for name, value in values.items() if value is not None) or NO_FILTERS


def check_raw(
    name: str,
    raw: Path,
    found: Mapping[str, int],
    expected: Mapping[str, int] | None,
    filtered: Mapping[str, Mapping[str, int]] | None,
) -> None:
    """Raises DataError when the raw file has other counts than `expected`, and names the filter that explains it."""
    wrong = _differences(found, expected or {})
    if wrong:
        raise DataError(
            f"dataset {name!r}: {raw} has {wrong} before any filter; {_explanation(found, filtered or {})}. "
            "For data of your own set dataset.expected=null and a dataset.name of your own"
        )


def check_filtered(
    name: str, found: Mapping[str, int], filters: str, filtered: Mapping[str, Mapping[str, int]] | None
) -> None:
    """Raises DataError when counts are published for just these `filters` (in words) and others are found."""
    wrong = _differences(found, (filtered or {}).get(filters, {}))
    if wrong:
        raise DataError(
            f"dataset {name!r} has {wrong} after {filters}; it is another version of the file. Fetch it again, or set "
            "dataset.filtered=null and a dataset.name of your own"
        )


def _differences(found: Mapping[str, int], expected: Mapping[str, int]) -> str:
    return " and ".join(
        f"{found[name]:,} {name} where {count:,} are expected ({found[name] - count:+,})"
        for name, count in expected.items()
        if found[name] != count
    )


def _explanation(found: Mapping[str, int], filtered: Mapping[str, Mapping[str, int]]) -> str:
    for filters, counts in filtered.items():
        if not _differences(found, counts):
            return f"these are its counts after {filters}: the file has been filtered already"
    return "it is another file, or cut short"
