import re
from pathlib import Path

import pytest

from recexp.data.counts import check_filtered, check_raw, filters_in_words
from recexp.errors import DataError

EXPECTED = {"users": 943, "items": 1682, "interactions": 100_000}
FILTERED = {"k_core=5": {"users": 943, "items": 1349, "interactions": 99_287}}
RAW = Path("u.data")


def test_filters_are_worded_as_on_the_command_line():
    assert filters_in_words(min_rating=None, k_core=None) == "no filters"
    assert filters_in_words(min_rating=4.0, k_core=5) == "min_rating=4 k_core=5"


@pytest.mark.parametrize("expected", [EXPECTED, {"interactions": 100_000}, {}, None])
def test_the_right_counts_pass(expected):
    check_raw("ml-100k", RAW, EXPECTED, expected, FILTERED)


def test_other_counts_are_told_by_how_much():
    found = EXPECTED | {"users": 942, "interactions": 100_020}
    message = "has 942 users where 943 are expected (-1) and 100,020 interactions where 100,000 are expected (+20)"
    with pytest.raises(DataError, match=re.escape(message)):
        check_raw("ml-100k", RAW, found, EXPECTED, FILTERED)


def test_the_filter_that_explains_other_counts_is_named():
    with pytest.raises(DataError, match="these are its counts after k_core=5: the file has been filtered already"):
        check_raw("ml-100k", RAW, FILTERED["k_core=5"], EXPECTED, FILTERED)


def test_counts_after_filters_are_compared_where_they_are_published():
    right = FILTERED["k_core=5"]
    check_filtered("ml-100k", right, "k_core=5", FILTERED)
    check_filtered("ml-100k", EXPECTED, "k_core=10", FILTERED)
    check_filtered("ml-100k", EXPECTED, "k_core=5", None)
    with pytest.raises(DataError, match=r"1,350 items where 1,349 are expected \(\+1\) after k_core=5"):
        check_filtered("ml-100k", right | {"items": 1350}, "k_core=5", FILTERED)
