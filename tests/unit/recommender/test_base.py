"""The list that is made from scores."""

import pytest
import torch

from recexp.errors import RunError
from recexp.recommender.base import best


def test_ties_are_in_the_order_of_the_items():
    item_Bk, score_Bk = best(torch.tensor([[1.0, 3.0, 1.0, 2.0, 1.0]]), 4)
    assert item_Bk.tolist() == [[2, 4, 1, 3]]
    assert score_Bk.tolist() == [[3.0, 2.0, 1.0, 1.0]]


@pytest.mark.parametrize("place", [0, 2, 3])
def test_a_score_that_is_nan_is_an_error(place):
    """T2: wherever it stands, however short the list."""
    score_BN = torch.tensor([[1.0, 3.0, 1.0, 2.0], [1.0, 3.0, 1.0, 2.0]])
    score_BN[1, place] = torch.nan
    with pytest.raises(RunError, match="a score that is NaN"):
        best(score_BN, 1)
