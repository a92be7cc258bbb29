"""What each kind of feature makes of a column; values and gradients are in tests/reference/test_features.py."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch.testing import assert_close

from recexp.errors import DataError
from recexp.features.kinds import KINDS


def make(kind, values, **more):
    torch.manual_seed(0)
    return KINDS[kind](column=pd.Series(values, name="x", **more), embedding_dim=3)


def vectors(feature, num_rows):
    return feature(torch.arange(num_rows))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_has_a_vector_of_its_own_that_learns(kind):
    feature = make(kind, [np.nan, "1", None, "2", ""])
    vector_ND = vectors(feature, 5)
    assert torch.equal(vector_ND[0], vector_ND[2])
    assert torch.equal(vector_ND[0], vector_ND[4])
    assert len(vector_ND.unique(dim=0)) == 3
    vector_ND[0].sum().backward()
    assert sum(parameter.grad.abs().sum() for parameter in feature.parameters()) == 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["object", "float64", "Float64"])
def test_columns_may_be_of_any_type_and_know_nothing(kind, dtype):
    feature = make(kind, [None, None], dtype=dtype)
    assert torch.isfinite(vectors(feature, 2)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_may_be_asked_for(kind):
    assert make(kind, [np.nan, "1"])(torch.zeros(0, dtype=torch.long)).shape == (0, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_known_is_no_weight(kind):
    """A checkpoint holds what was learned alone."""
    feature = make(kind, [np.nan, "1", "2"])
    assert set(feature.state_dict()) == {name for name, _ in feature.named_parameters()}


def test_equal_values_share_a_vector():
    vector_ND = vectors(make("category", ["red", "blue", "red"]), 3)
    assert torch.equal(vector_ND[0], vector_ND[2])
    assert not torch.equal(vector_ND[0], vector_ND[1])


def test_order_and_repetition_of_several_values_change_nothing():
    vector_ND = vectors(make("categories", [["a", "b"], ["b", "a"], ("a", "b", "a"), np.array(["a"])]), 4)
    assert_close(vector_ND[0], vector_ND[1])
    assert_close(vector_ND[0], vector_ND[2])
    assert not torch.allclose(vector_ND[0], vector_ND[3])


def test_numbers_are_standardised_over_what_is_known():
    feature = make("number", [np.nan, 10.0, 20.0, 30.0])
    spread = (2 / 3) ** 0.5 * 10
    assert_close(feature.value_N, torch.tensor([0, -10 / spread, 0, 10 / spread]))
    assert feature.known_N.tolist() == [False, True, True, True]


def test_a_number_that_is_always_the_same_is_no_division_by_zero():
    assert make("number", [7.0, 7.0]).value_N.tolist() == [0, 0]


def test_logarithms_are_standardised_too():
    feature = make("log_number", [0.0, np.e - 1])
    assert_close(feature.value_N, torch.tensor([-1.0, 1.0]))


def test_bins_hold_a_tenth_each_and_equal_numbers_share_one():
    feature = make("binned_number", [*range(100), np.nan])
    assert feature.code_N.bincount().tolist() == [1] + [10] * 10
    assert len(make("binned_number", [3.0, 3.0, 3.0, np.nan]).code_N.unique()) == 2
    assert make("binned_number", [1.0, 2.0, 1.0]).code_N.tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("category", [["a"], ["b"]], "got lists, expected one value per row; for lists: dataset.features.x=categories"),
        ("number", [np.nan, "cheap"], "got 'cheap' for 1, expected a finite number"),
        ("binned_number", ["1", "inf"], "got 'inf' for 1, expected a finite number"),
        ("log_number", [1.0, -2.0], "got -2 for 1, expected numbers from 0 on"),
    ],
)
def test_values_of_another_kind_are_named(kind, values, message):
    with pytest.raises(DataError, match=message):
        make(kind, values)


def test_a_large_catalogue_is_made_without_a_loop():
    """A tenth of a million items with three values each, in less than a few seconds even on a busy machine."""
    feature = make("categories", [[f"c{i % 97}", f"d{i % 89}", "all"] for i in range(100_000)])
    assert feature(torch.arange(100_000)).shape == (100_000, 3)
