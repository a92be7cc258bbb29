"""What Amazon's metadata tells of products: title, brand, price, categories.

Average ratings and sales ranks are left out: they were counted over the test reviews too.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from recexp.dataset.formats.json_lines import read_objects, text_id
from recexp.errors import DataError


def products_2014(file: Path) -> pd.DataFrame:
    """asin, title, brand, price, categories (paths from the root, several a product)."""

    def product(entry: dict[str, Any]) -> dict[str, Any]:
        paths = entry.get("categories") or []
        return _product(entry, "asin", "brand", [word for path in paths for word in path])

    return _read(file, product)


def products_2023(file: Path) -> pd.DataFrame:
    """parent_asin, title, store, price, categories (one path)."""

    def product(entry: dict[str, Any]) -> dict[str, Any]:
        return _product(entry, "parent_asin", "store", entry.get("categories") or [])

    return _read(file, product)


def _read(file: Path, product: Callable[[dict[str, Any]], dict[str, Any]]) -> pd.DataFrame:
    rows = {}
    for line, entry in read_objects(file):
        try:
            row = product(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{file}, line {line}: no product with an id and lists of categories ({error})") from error
        rows[row["item"]] = row
    frame = pd.DataFrame(list(rows.values()), columns=["item", "title", "brand", "price", "categories"])
    return frame.astype({"price": "float64"})


def _product(entry: dict[str, Any], item: str, brand: str, categories: list[str]) -> dict[str, Any]:
    return {
        "item": text_id(entry[item]),
        "title": entry.get("title") or None,
        "brand": entry.get(brand) or None,
        "price": _price(entry.get("price")),
        "categories": list(dict.fromkeys(categories)),
    }


def _price(value: Any) -> float:
    """NaN where there is none, or where it is in words ('from 14.99')."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
