import json
from io import StringIO

import pytest
from rich.console import Console

from recexp.data.card import DatasetCard
from recexp.data.interactions import BY_FILE, BY_TIME
from recexp.data.prepare import prepare
from recexp.dataset.movielens import MovieLens100K
from tests.unit.dataset.tables import prepare_table

TEXT = "user,item,time\na,x,1\na,y,1\na,z,2\nb,x,1\nb,y,3\nc,x,2\nc,x,2\nc,z,2\nd,z,2\n"


def test_numbers_are_those_counted_by_hand(tmp_path):
    card = prepare_table(tmp_path, TEXT, licence="free").card
    assert (card.users, card.items, card.interactions) == (4, 3, 9)
    assert card.density == 9 / (4 * 3)
    assert (card.history_min, card.history_max) == (1, 3)
    assert card.history_median == (2 + 3) / 2
    assert card.history_mean == 9 / 4
    assert card.tied_share == (2 + 0 + 3 + 0) / 9  # d's 2 follows c's 2, but is another user's (T12)
    assert card.filters == {"min_rating": None, "k_core": None}
    assert card.order == BY_TIME
    assert card.licence == "free"


def test_order_says_when_there_are_no_times(tmp_path):
    card = prepare_table(tmp_path, TEXT, time=None).card
    assert card.order == BY_FILE
    assert card.tied_share == 0


def test_ties_of_ml_100k(shared_data, tmp_path):
    """T12: 75,772 of the 100,000 share their time with another of the same user."""
    card = prepare(_ml_100k(shared_data), cache=tmp_path).card
    assert round(card.tied_share * card.interactions) == 75_772


@pytest.mark.parametrize(("k", "items", "interactions"), [(None, 1682, 100_000), (5, 1349, 99_287), (10, 1152, 97_953)])
def test_counts_of_ml_100k(shared_data, tmp_path, k, items, interactions):
    """T15."""
    card = prepare(_ml_100k(shared_data, k_core=k), cache=tmp_path).card
    assert (card.users, card.items, card.interactions) == (943, items, interactions)
    assert card.filters["k_core"] == k


def test_goes_through_json_and_back(small):
    assert DatasetCard.from_dict(json.loads(json.dumps(small.card.to_dict()))) == small.card


def test_a_console_shows_every_line_whole(tmp_path):
    card = prepare_table(tmp_path, TEXT, k_core=2).card
    output = StringIO()
    Console(file=output, width=120).print(card)
    for shown in ("table", card.sha256, "k_core = 2", BY_TIME, "not stated"):
        assert shown in output.getvalue()
    assert str(card).startswith("table: 3 users, 3 items, 8 interactions (filters: k_core = 2;")


def _ml_100k(shared_data, **settings):
    return MovieLens100K(name="ml-100k", path=str(shared_data / "ml-100k"), url="ml-100k.zip", sha256="", **settings)
