import gzip

import pytest

from recexp.dataset.steam import Steam
from recexp.errors import DataError

REVIEWS = """{u'username': u'Chaos, "Syren"', u'product_id': u'725280', u'date': u'2017-12-17', u'text': u"It's"}
{u'username': u'b', u'product_id': u'10', u'date': u'1970-01-02', u'user_id': u'7'}
"""
GAMES = [
    {
        "app_name": "Portal 2",
        "developer": "Valve",
        "genres": ["Action", "Indie"],
        "id": "10",
        "price": 19.99,
        "release_date": "2011-04-18",
        "tags": ["Puzzle", "Puzzle"],
    },
    {"app_name": "Free", "price": "Free To Play", "release_date": "Soon", "id": "20"},
    {"url": "without an id"},
]


@pytest.fixture
def steam(tmp_path):
    (tmp_path / "steam_reviews.json.gz").write_bytes(gzip.compress(REVIEWS.encode()))
    return Steam(name="steam", path=str(tmp_path))


def test_the_reviews(steam):
    frame = steam.read(steam.locate())
    assert frame["user"].tolist() == ['Chaos, "Syren"', "b"]
    assert frame["item"].tolist() == ["725280", "10"]
    assert frame["time"].tolist() == [1513468800, 86400]
    assert "rating" not in frame


def test_a_bad_day_is_named(steam):
    steam.locate().write_bytes(gzip.compress(REVIEWS.replace("1970-01-02", "once").encode()))
    with pytest.raises(DataError, match="line 2: date: got 'once', expected a date"):
        steam.read(steam.locate())


def test_the_games(steam):
    file = steam.locate()
    assert steam.read_items(file) is None
    (file.parent / "steam_games.json.gz").write_bytes(gzip.compress("\n".join(map(repr, GAMES)).encode()))
    frame = steam.read_items(file)
    assert frame["item"].tolist() == ["10", "20"]
    assert frame.loc[0].tolist() == ["10", "Portal 2", "Valve", 2011, 19.99, ["Action", "Indie"], ["Puzzle"]]
    assert frame.loc[1, ["genres", "tags"]].tolist() == [[], []]
    assert frame.loc[1, ["developer", "year", "price"]].isna().all()
