"""Fused vectors and their gradients against loops over single users or items, in float64."""

import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from hydra.utils import instantiate
from torch.testing import assert_close

from recexp.config.compose import choices
from recexp.data.side_information import SideInformation
from recexp.features.embedding import FusedItemEmbedding
from recexp.features.kinds import KINDS
from recexp.nn.embedding import ItemEmbedding
from recexp.testing.small import compose_config
from tests.reference.naive import FUSIONS

DIM = 5
# A row an item; row 0 is padding. Every kind has what is known and what is not, and a value that comes twice.
COLUMNS = {
    "category": pd.Series([np.nan, "red", "blue", "", "red", None]),
    "categories": pd.Series([np.nan, ["a", "b"], [], ["b"], ["c", "a", "b", "a"], None]),
    "number": pd.Series([np.nan, 3.0, -1.0, np.nan, 8.0, 3.0]),
    "log_number": pd.Series([np.nan, 0.0, 1.5, 1000.0, np.nan, 1.5]),
    "binned_number": pd.Series([np.nan, 5.0, 1.0, 2.0, np.nan, 5.0]),
}
NUM_ITEMS = 5


def vector_of_value(feature, column, row, values):
    """The vector of a category, or of what is missing; values: in the order in which they appear."""
    value = column[row]
    known = not (value is None or value == "" or value != value)
    return feature.weight_VD[values.index(value) + 1 if known else 0]


def naive_category(feature, column, row):
    return vector_of_value(feature, column, row, list(dict.fromkeys(v for v in column if v == v and v)))


def naive_categories(feature, column, row):
    lists = [value if isinstance(value, list) else [] for value in column]
    values = list(dict.fromkeys(value for listed in lists for value in listed))
    mine = sorted(set(lists[row]))
    vectors = [feature.weight_VD[values.index(value) + 1] for value in mine] or [feature.weight_VD[0]]
    return sum(vectors) / len(vectors)


def naive_number(feature, column, row, change=lambda x: x):
    known = [change(value) for value in column if value == value]
    if column[row] != column[row]:
        return feature.missing_D
    mean = sum(known) / len(known)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in known) / len(known))
    value = float(np.float32((change(column[row]) - mean) / deviation))  # the table holds float32
    return value * feature.slope_D + feature.known_D


def naive_binned_number(feature, column, row):
    """Three different numbers in ten bins have a bin each."""
    bins = column.rank(method="dense")
    return vector_of_value(feature, bins, row, list(dict.fromkeys(b for b in bins if b == b)))


NAIVE = {
    "category": naive_category,
    "categories": naive_categories,
    "number": naive_number,
    "log_number": partial(naive_number, change=math.log1p),
    "binned_number": naive_binned_number,
}


def build(fusion, kinds):
    torch.manual_seed(0)
    table = FusedItemEmbedding(
        ids=ItemEmbedding(num_items=NUM_ITEMS, embedding_dim=DIM),
        side_information=SideInformation(
            {kind: COLUMNS[kind].rename(kind) for kind in kinds}, {kind: kind for kind in kinds}
        ),
        fusion=instantiate(compose_config(f"fusion={fusion}").fusion),
    ).double()
    with torch.no_grad():
        for parameter in table.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
        table.ids.weight[0] = 0
    return table


def naive_vector(table, fusion, kinds, item):
    if item == 0:
        return torch.zeros(DIM, dtype=torch.float64)
    pairs = zip(kinds, table.features, strict=True)
    parts = [NAIVE[kind](feature, COLUMNS[kind], item) for kind, feature in pairs]
    return FUSIONS[fusion](table.fusion, table.ids.weight[item], parts)


def check(table, found, expected):
    """Values, and the gradient of a random sum of them by every parameter."""
    assert_close(found, expected)
    torch.manual_seed(1)
    probe = torch.randn_like(found)
    parameters = list(table.parameters())
    gradients = torch.autograd.grad((found * probe).sum(), parameters, materialize_grads=True)
    naive_gradients = torch.autograd.grad((expected * probe).sum(), parameters, materialize_grads=True)
    for gradient, naive_gradient in zip(gradients, naive_gradients, strict=True):
        assert_close(gradient, naive_gradient)


ASKED = torch.tensor([[4, 0, 2, 4], [1, 3, 5, 0]])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(kind):
    table = build("sum", [kind])
    expected = [naive_vector(table, "sum", [kind], item) for item in ASKED.flatten().tolist()]
    check(table, table(ASKED), torch.stack(expected).unflatten(0, ASKED.shape))


@pytest.mark.parametrize("fusion", choices("fusion"))
def test_every_fusion(fusion):
    kinds = ["category", "categories", "number"]
    table = build(fusion, kinds)
    expected = [naive_vector(table, fusion, kinds, item) for item in ASKED.flatten().tolist()]
    check(table, table(ASKED), torch.stack(expected).unflatten(0, ASKED.shape))


@pytest.mark.parametrize("fusion", choices("fusion"))
def test_the_catalogue(fusion):
    table = build(fusion, list(KINDS))
    expected = torch.stack([naive_vector(table, fusion, list(KINDS), item) for item in range(1, NUM_ITEMS + 1)])
    check(table, table.catalogue(), expected)
