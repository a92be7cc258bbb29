"""Values -> whole numbers: 0 is what is not known, 1, 2, ... the values in the order in which they appear."""

import numpy as np
import pandas as pd

from recexp.errors import DataError


def value_codes(column: pd.Series) -> tuple[np.ndarray, int]:
    """(int64 [n] code of each value, the number of codes)."""
    try:
        code, values = pd.factorize(column.mask(column == ""))
    except TypeError as error:  # values that cannot be hashed
        raise DataError(
            f"feature {column.name!r}: got lists, expected one value a row; dataset.features.{column.name}=categories"
        ) from error
    return code.astype(np.int64) + 1, len(values) + 1


def known_numbers(column: pd.Series) -> pd.Series:
    """float64, NaN where nothing is known. Raises DataError for what is neither a number nor missing."""
    number = pd.to_numeric(column, errors="coerce").astype(np.float64)
    bad = (number.isna() & column.notna() & (column != "")) | np.isinf(number)
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"feature {column.name!r}: got {column.iloc[row]!r} for {column.index[row]!r}, expected a finite number; "
            f"for words: dataset.features.{column.name}=category"
        )
    return number
