"""Encodes values as whole numbers: 0 is a missing value, 1, 2, ... are the values in order of first appearance."""

import numpy as np
import pandas as pd

from recexp.errors import DataError


def value_codes(column: pd.Series) -> tuple[np.ndarray, int]:
    """The code of each value, int64 [n], and the number of codes. Raises DataError for lists."""
    try:
        code, values = pd.factorize(column.mask(column == ""))
    except TypeError as error:  # values that cannot be hashed
        raise DataError(
            f"feature {column.name!r}: got lists, expected one value per row; for lists: "
            f"dataset.features.{column.name}=categories"
        ) from error
    return code.astype(np.int64) + 1, len(values) + 1


def known_numbers(column: pd.Series) -> pd.Series:
    """The column as float64, NaN for missing values. Raises DataError for other values that are not finite numbers."""
    number = pd.to_numeric(column, errors="coerce").astype(np.float64)
    bad = (number.isna() & column.notna() & (column != "")) | np.isinf(number)
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"feature {column.name!r}: got {column.iloc[row]!r} for {column.index[row]!r}, expected a finite number; "
            f"for words: dataset.features.{column.name}=category"
        )
    return number
