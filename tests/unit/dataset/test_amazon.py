import gzip
import json

import pandas as pd
import pytest

from recexp.data.prepare import prepare
from recexp.dataset.amazon import Amazon2014, Amazon2014Ratings, Amazon2023
from recexp.errors import DataError

REVIEWS = [
    {"reviewerID": "A1", "asin": "B1", "overall": 5.0, "unixReviewTime": 20, "reviewText": "good"},
    {"reviewerID": "A1", "asin": "B2", "overall": 2.0, "unixReviewTime": 10},
    {"reviewerID": "A2", "asin": "B1", "overall": 4.0, "unixReviewTime": 30},
]
RATINGS = "A1,B1,5.0,20\nA1,B2,2.0,10\nA2,B1,4.0,30\n"
ROWS = [["A1", "B1", 5.0, 20], ["A1", "B2", 2.0, 10], ["A2", "B1", 4.0, 30]]
COLUMNS = ["user", "item", "rating", "time"]
SETTINGS = {"name": "amazon", "products": "https://somewhere/meta_X.json.gz"}


def test_the_reviews_of_2014(tmp_path):
    lines = "".join(json.dumps(review) + "\n" for review in REVIEWS)
    (tmp_path / "reviews_X_5.json.gz").write_bytes(gzip.compress(lines.encode()))
    dataset = Amazon2014(path=str(tmp_path), file="reviews_X_5.json.gz", **SETTINGS)
    assert dataset.read(dataset.locate())[COLUMNS].to_numpy().tolist() == ROWS
    card = prepare(dataset, cache=tmp_path / "cache").card
    assert (card.users, card.items, card.interactions) == (2, 2, 3)


@pytest.mark.parametrize(
    ("kind", "header"), [(Amazon2014Ratings, ""), (Amazon2023, "user_id,parent_asin,rating,timestamp\n")]
)
def test_the_ratings_of_2014_and_2023(tmp_path, kind, header):
    (tmp_path / "ratings.csv").write_text(header + RATINGS)
    dataset = kind(path=str(tmp_path), file="ratings.csv", **SETTINGS)
    assert dataset.read(dataset.locate())[COLUMNS].to_numpy().tolist() == ROWS


def test_another_header_is_an_error(tmp_path):
    """The ratings of 2014 under the name of 2023: their first row would pass for the header."""
    (tmp_path / "ratings.csv").write_text(RATINGS)
    dataset = Amazon2023(path=str(tmp_path), file="ratings.csv", **SETTINGS)
    with pytest.raises(DataError, match=r"line 1: got 'A1,B1,5.0,20', expected the header 'user_id"):
        dataset.read(dataset.locate())


def products(folder, kind, text, name="meta_X.json"):
    (folder / name).write_text(text)
    return kind(path=str(folder), file="ratings.csv", **SETTINGS).read_items(folder / "ratings.csv")


def test_the_products_of_2014(tmp_path):
    """In Python's spelling, as published; a product may lie on several paths of categories."""
    frame = products(
        tmp_path,
        Amazon2014,
        """{'asin': 'B1', 'title': "It's", 'price': 3.17, 'brand': 'X', 'categories': [['All', 'Hair'], ['All', 'Gel']]}
{'asin': 'B2', 'imUrl': 'http://x', 'brand': ''}
""",
    )
    assert frame["item"].tolist() == ["B1", "B2"]
    assert frame["categories"].tolist() == [["All", "Hair", "Gel"], []]
    assert frame.loc[0, ["title", "brand", "price"]].tolist() == ["It's", "X", 3.17]
    assert frame.loc[1, ["title", "brand", "price"]].isna().all()


def test_the_products_of_2023(tmp_path):
    rows = [
        {"parent_asin": "B1", "title": "T", "store": "S", "price": 2, "categories": ["a", "b"], "average_rating": 4.9},
        {"parent_asin": "B2", "title": "U", "store": None, "price": "from 14.99", "categories": []},
        {"parent_asin": "B3", "title": "", "price": None, "categories": None},
    ]
    frame = products(tmp_path, Amazon2023, "\n".join(json.dumps(row) for row in rows))
    assert list(frame) == ["item", "title", "brand", "price", "categories"]
    assert frame["categories"].tolist() == [["a", "b"], [], []]
    assert frame["price"].tolist()[0] == 2
    assert frame["price"].isna().tolist() == [False, True, True]
    assert frame[["title", "brand"]].isna().to_numpy().tolist() == [[False, False], [False, True], [True, True]]


@pytest.mark.parametrize("line", ["{}", '{"asin": 1.5}', '{"asin": "B", "categories": [[1, [2]]]}', "no"])
def test_a_bad_product_is_named(tmp_path, line):
    with pytest.raises(DataError, match=r"meta_X\.json, line 2: "):
        products(tmp_path, Amazon2014, '{"asin": "A"}\n' + line)


def test_without_products_nothing_is_known(tmp_path, caplog):
    caplog.set_level("INFO")
    dataset = Amazon2014(path=str(tmp_path), file="x", **SETTINGS)
    assert dataset.read_items(tmp_path / "x") is None
    assert "https://somewhere/meta_X.json.gz" in caplog.text


def test_ids_that_look_like_numbers_stay_text(tmp_path):
    (tmp_path / "ratings.csv").write_text("A1,0205616461,5.0,20\nA1,B1,4.0,21\n")
    dataset = Amazon2014Ratings(path=str(tmp_path), file="ratings.csv", **SETTINGS)
    assert dataset.read(dataset.locate())["item"].tolist() == ["0205616461", "B1"]
    assert pd.api.types.is_string_dtype(dataset.read(dataset.locate())["item"])
