"""The ids of somebody's own table: what looks like an id, and is none or another one."""

from pathlib import Path

import pandas as pd

from recexp.errors import DataError

NOTHING = ("nan", "NaN", "NAN", "null", "NULL", "Null", "None", "none", "NA", "N/A", "n/a", "<NA>", "\\N")


def checked_ids(ids: pd.Series, file: Path, *, keep_missing: bool) -> pd.Series:
    """The same, with NaN for words that stand for nothing: `nan` or `null`, where all other ids are numbers.

    Raises DataError for such a word unless `keep_missing`, and for blanks around an id, which hide that two are one.
    """
    if not isinstance(ids.dtype, pd.CategoricalDtype):
        return ids
    known, role = ids.cat.categories, str(ids.name)
    trimmed = known.str.strip()
    around = known[trimmed != known]
    if len(around):
        raise DataError(
            f"{file}: {role}: got {around[0]!r}, expected no blanks around an id: it would be another {role} than "
            f"{around[0].strip()!r}. Remove them"
        )
    words = known[known.isin(NOTHING)]
    if not len(words) or not _are_numbers(known.drop(words)):
        return ids
    if not keep_missing:
        raise DataError(
            f"{file}: {role}: got {words[0]!r} where all other ids are numbers, so that it stands for none; "
            "dataset.drop_missing=true leaves such rows out"
        )
    return ids.cat.remove_categories(words)


def _are_numbers(known: pd.Index) -> bool:
    return len(known) > 0 and bool(pd.to_numeric(known, errors="coerce").notna().all())
