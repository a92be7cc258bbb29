"""SDIM: what its weights are on average, what it costs, and lengths that are kept up to date."""

import math

import pytest
import torch
from hydra.errors import InstantiationException
from torch.nn import functional as F
from torch.testing import assert_close

from recexp.attention.hash_tables import LEAST_NORM, RunningHashTables
from recexp.attention.sdim import SDIMAttention
from recexp.testing.small import build_recommender, histories


@pytest.mark.parametrize("num_bits", [1, 3])
def test_items_meet_as_often_as_the_angle_says(num_bits):
    """In (1 - w / pi)^num_bits of the tables; the standard error with 20,000 tables is at most .0036."""
    attention = SDIMAttention(embedding_dim=4, dropout=0.0, num_tables=20_000, num_bits=num_bits, seed=0)
    for angle in (0.1, 1.0, 2.5):
        bucket_2G = attention.buckets(torch.tensor([[1.0, 0, 0, 0], [math.cos(angle), 0, math.sin(angle), 0]]))
        share = (bucket_2G[0] == bucket_2G[1]).double().mean().item()
        assert abs(share - (1 - angle / math.pi) ** num_bits) < 0.015


def test_with_many_tables_a_lone_item_has_the_weight_that_its_angle_says():
    """Of one item, the sum in its bucket has its own length: the weight is the share of tables over |V x|."""
    recommender = build_recommender("attention=sdim", "attention.num_tables=20000", "attention.num_bits=2").eval()
    asked = histories([[7]])
    history, item_CD = recommender.embed(asked), recommender.item.catalogue()
    angle_C = F.cosine_similarity(history.item_BLD[0], item_CD).acos()
    weight_C = recommender.attention.weights(history, item_CD).weight_BCHM.flatten()
    length = recommender.attention.value(history.item_BLD).norm()
    assert_close(weight_C * length, (1 - angle_C / math.pi) ** 2, atol=0.015, rtol=0)


def test_a_longer_history_makes_no_candidate_dearer():
    """What candidates are compared with has one size; in training it has every position."""
    recommender = build_recommender("attention=sdim").eval()
    sizes = {}
    for length in (1, 6):
        history = recommender.embed(histories([[3, 1, 4, 2, 5, 9][:length]]))
        sizes[length] = [t.shape for t in recommender.attention.encode(history, every_position=False).tensors()]
    assert sizes[1] == sizes[6] == [(1, 16, 8, 8)]


def test_lengths_of_running_sums_are_exact_in_float32():
    """500 items, many of them in one bucket: the lengths that grow item by item are those of the sums."""
    torch.manual_seed(0)
    value_RMD, bucket_RMG = torch.randn(2, 500, 16), torch.randint(3, (2, 500, 1))
    tables = RunningHashTables(value_RMD, bucket_RMG, 4, buckets=lambda item_CD: item_CD)
    in_bucket_RMUD = F.one_hot(bucket_RMG[..., 0], 4).unsqueeze(-1) * value_RMD.unsqueeze(2)
    expected_RMU = in_bucket_RMUD.double().cumsum(dim=1).norm(dim=-1)
    length_RMU = tables._lengths(bucket_RMG[..., 0]).double()
    assert_close(length_RMU, expected_RMU.clamp(min=LEAST_NORM), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize(("key", "value"), [("num_tables", 0), ("num_bits", 0), ("num_bits", 17), ("seed", -1)])
def test_sizes_are_checked(key, value):
    with pytest.raises(InstantiationException, match=rf"attention.{key}: got {value}, expected a whole number"):
        build_recommender("attention=sdim", f"attention.{key}={value}")
