import json

import pytest

from recexp.dataset.yelp import Yelp
from recexp.errors import DataError

REVIEW = {"review_id": "r", "user_id": "u", "business_id": "b", "stars": 3.0, "date": "1970-01-01 00:01:00"}
BUSINESSES = [
    {
        "business_id": "b",
        "name": "St Honore",
        "city": "Philadelphia",
        "stars": 4.0,
        "attributes": {"RestaurantsPriceRange2": "2"},
        "categories": "Restaurants, Food, Food",
    },
    {"business_id": "c", "name": "", "city": "", "attributes": None, "categories": None},
]


def write(file, rows):
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def yelp(tmp_path):
    write(tmp_path / "yelp_academic_dataset_review.json", [REVIEW])
    return Yelp(name="yelp", path=str(tmp_path))


def test_the_reviews(yelp):
    assert yelp.read(yelp.locate()).to_dict("records") == [{"user": "u", "item": "b", "time": 60, "rating": 3.0}]


def test_the_businesses(yelp):
    file = yelp.locate()
    assert yelp.read_items(file) is None
    write(file.with_name("yelp_academic_dataset_business.json"), BUSINESSES)
    frame = yelp.read_items(file)
    assert frame.loc[0].tolist() == ["b", "St Honore", "Philadelphia", 2.0, ["Restaurants", "Food"]]
    assert frame.loc[1, ["title", "city", "price"]].isna().all()
    assert frame.loc[1, "categories"] == []


def test_a_business_without_id_is_named(yelp):
    file = yelp.locate()
    write(file.with_name("yelp_academic_dataset_business.json"), [BUSINESSES[0], {}])
    with pytest.raises(DataError, match="line 2: there is no 'business_id'"):
        yelp.read_items(file)


def test_who_must_fetch_it_by_hand_is_told_so(tmp_path):
    dataset = Yelp(name="yelp", path=str(tmp_path), homepage="https://www.yelp.com/dataset")
    with pytest.raises(DataError, match=r"fetch it yourself.*https://www\.yelp\.com/dataset\. Then put yelp_academic"):
        dataset.locate()
