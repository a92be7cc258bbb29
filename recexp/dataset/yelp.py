"""The Yelp Open Dataset: yelp_academic_dataset_review.json, and yelp_academic_dataset_business.json beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recexp.dataset.formats.json_lines import read_objects, read_reviews, seconds
from recexp.dataset.published import Published
from recexp.dataset.side_information import find_side_information, listed, numbers
from recexp.errors import DataError

BUSINESSES = "yelp_academic_dataset_business.json"


@dataclass(frozen=True, kw_only=True)
class Yelp(Published):
    """A review a line."""

    file: str = "yelp_academic_dataset_review.json"

    def read(self, file: Path) -> pd.DataFrame:
        return read_reviews(file, user="user_id", item="business_id", time="date", rating="stars", to_time=seconds)

    def read_items(self, file: Path) -> pd.DataFrame | None:
        """Mean stars and numbers of reviews are left out: they were counted over the test reviews too."""
        found = find_side_information(file, BUSINESSES, source=str(self.homepage))
        if found is None:
            return None
        rows = []
        for line, business in read_objects(found):
            if "business_id" not in business:
                raise DataError(f"{found}, line {line}: there is no 'business_id'")
            rows.append(_business(business))
        frame = pd.DataFrame(rows, columns=["item", "title", "city", "price", "categories"])
        return frame.assign(price=numbers(frame["price"]))


def _business(business: dict[str, Any]) -> dict[str, Any]:
    return {
        "item": business["business_id"],
        "title": business.get("name") or None,
        "city": business.get("city") or None,
        "price": (business.get("attributes") or {}).get("RestaurantsPriceRange2"),  # '1' (cheap) .. '4', or 'None'
        "categories": listed(business.get("categories") or "", ","),
    }
