"""External ids are found as they are written in the dataset; an unknown one is named."""

import numpy as np
import pandas as pd
import pytest

from recexp.errors import ConfigError
from recexp.serve.ids import Ids

NUMBERS = Ids("user", np.array([3, 7, 22]))
TEXT = Ids("item", np.array(["007", "B00A", "B00B", "x1"]))


@pytest.mark.parametrize(
    "wanted",
    [[22, 3], ["22", "3"], [np.int32(22), "3"], np.array([22, 3], np.int32), np.array(["22", "3"]), pd.Series([22, 3])],
    ids=repr,
)
def test_whole_numbers_may_be_text(wanted):
    assert NUMBERS.find(wanted).tolist() == [2, 0]


@pytest.mark.parametrize("wanted", [["x1", "007"], np.array(["x1", "007"]), pd.Series(["x1", "007"])], ids=repr)
def test_text(wanted):
    assert TEXT.find(wanted).tolist() == [3, 0]


def test_no_ids():
    assert TEXT.find([]).tolist() == NUMBERS.find([]).tolist() == []


@pytest.mark.parametrize(
    ("ids", "wanted", "message"),
    [
        (NUMBERS, [3, 4], "user: the run does not know user 4. Its ids are whole numbers from 3 to 22"),
        (NUMBERS, ["03"], "does not know user '03'"),  # 03 is not 3
        (NUMBERS, ["x"], "does not know user 'x'"),
        (NUMBERS, [10**30], "does not know user 1000000"),
        (NUMBERS, [-1], "does not know user -1"),
        (NUMBERS, [3.0], "got 3.0, expected an id"),
        (NUMBERS, [True], "got True, expected an id"),
        (NUMBERS, [None], "got None, expected an id"),
        (NUMBERS, [[3]], r"users: got \[\[3\]\], expected a list of ids"),
        (NUMBERS, [[3], [3, 7]], "expected a list of ids"),
        (NUMBERS, 3, "users: got 3, expected a list of ids"),
        (TEXT, ["B00C"], "does not know item 'B00C'. Did you mean 'B00B' or 'B00A'"),
        (TEXT, [7], "does not know item '7'. Its ids look like 007"),
        (TEXT, ["zzz"], "Its ids look like 007"),
        (TEXT, [""], "does not know item ''"),
    ],
)
def test_what_is_unknown_is_named(ids, wanted, message):
    with pytest.raises(ConfigError, match=message):
        ids.find(wanted)
