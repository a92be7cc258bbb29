"""Amazon reviews of 2014 and 2023, by the McAuley lab.

2014: He & McAuley, WWW 2016; https://cseweb.ucsd.edu/~jmcauley/datasets/amazon/links.html
2023: Hou et al., 2024; https://amazon-reviews-2023.github.io/
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recexp.dataset.amazon_products import products_2014, products_2023
from recexp.dataset.download.fetch import name_in
from recexp.dataset.formats.headers import check_header
from recexp.dataset.formats.json_lines import number, read_reviews
from recexp.dataset.formats.text import read_text
from recexp.dataset.published import Published
from recexp.dataset.side_information import find_side_information


@dataclass(frozen=True, kw_only=True)
class Amazon2014(Published):
    """reviews_<category>_5.json.gz: one review a line.

    products: address of the metadata of the category; it is large, not fetched, and read where it lies beside the
    reviews, packed or not.
    """

    products: str

    def read(self, file: Path) -> pd.DataFrame:
        return read_reviews(
            file, user="reviewerID", item="asin", time="unixReviewTime", rating="overall", to_time=number
        )

    def read_items(self, file: Path) -> pd.DataFrame | None:
        found = _find_products(file, self.products)
        return None if found is None else products_2014(found)


@dataclass(frozen=True, kw_only=True)
class Amazon2014Ratings(Amazon2014):
    """ratings_<category>.csv: 'user,item,rating,time' without a header; all ratings, not the 5-core."""

    def read(self, file: Path) -> pd.DataFrame:
        columns = {"user": 0, "item": 1, "rating": 2, "time": 3}
        return read_text(file, separator=",", columns=columns, width=4, layout="user,item,rating,time")


@dataclass(frozen=True, kw_only=True)
class Amazon2023(Amazon2014):
    """benchmark/0core/rating_only/<category>.csv: the first rating of each user and item; times in milliseconds."""

    def read(self, file: Path) -> pd.DataFrame:
        layout = "user_id,parent_asin,rating,timestamp"
        check_header(file, layout)
        columns = {"user": 0, "item": 1, "rating": 2, "time": 3}
        return read_text(file, separator=",", columns=columns, width=4, layout=layout, skip_lines=1)

    def read_items(self, file: Path) -> pd.DataFrame | None:
        found = _find_products(file, self.products)
        return None if found is None else products_2023(found)


def _find_products(reviews: Path, address: str) -> Path | None:
    name = name_in(address)
    return find_side_information(reviews, name, name.removesuffix(".gz"), source=address)
