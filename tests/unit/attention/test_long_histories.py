"""Searches in long histories: with all items found they are target attention, and more bits find better ones."""

import pytest
import torch
from hydra.errors import InstantiationException
from torch.testing import assert_close

from recexp.nn.hashing import random_hyperplanes, sign_bits
from recexp.nn.top_k import top_k
from recexp.recommender.attentive import AttentiveRecommender
from recexp.testing.small import build_recommender, every_position_scores, histories

TWO_STAGES = ["sim", "eta", "twin"]


def with_weights_of(full: AttentiveRecommender, *overrides: str) -> AttentiveRecommender:
    """A recommender that attends in two stages, with the weights of `attention=item`; other weights are 0."""
    recommender = build_recommender(*overrides).eval()
    for name, parameter in recommender.named_parameters():
        if not name.startswith("attention.target."):
            parameter.data.zero_()
    for name, value in full.state_dict().items():
        recommender.state_dict()[name.replace("attention.", "attention.target.")].copy_(value)
    return recommender


@pytest.mark.parametrize("scorer", ["dot", "mlp"])
@pytest.mark.parametrize("attention", TWO_STAGES)
def test_where_k_covers_the_history_it_is_target_attention(attention, scorer):
    options = [f"scorer={scorer}"]
    full = build_recommender("attention=item", "attention.num_heads=2", *options).eval()
    expected_BLN, expected_BN = every_position_scores(full, histories()), full.score(histories())
    for k, same in ((6, True), (1, False)):
        options_of_two = [f"attention={attention}", f"attention.k={k}", "attention.target.num_heads=2", *options]
        two_stages = with_weights_of(full, *options_of_two)
        score_BLN = every_position_scores(two_stages, histories())
        assert_close(score_BLN[:, 0], expected_BLN[:, 0])  # one item is seen, and found
        assert torch.allclose(score_BLN, expected_BLN) == same
        assert torch.allclose(two_stages.score(histories()), expected_BN) == same


@pytest.mark.parametrize("attention", TWO_STAGES)
def test_weights_are_those_of_the_items_that_are_found(attention):
    recommender = build_recommender(f"attention={attention}", "attention.k=2").eval()
    weight_BCHM, _ = recommender.weights(histories(), torch.arange(1, 12))
    assert (weight_BCHM > 0).sum(dim=-1).flatten(1).unique(dim=1).tolist() == [[2], [2], [1], [2]]
    assert_close(weight_BCHM.sum(dim=-1), torch.ones(4, 11, 1, dtype=torch.float64))


def test_more_bits_find_the_nearest_items_more_surely():
    """The share of the ten items at the smallest angles that a search by bits finds."""
    generator = torch.Generator().manual_seed(0)
    unit = torch.nn.functional.normalize(torch.randn(400, 16, generator=generator), dim=-1)
    query_CD, item_MD = unit[:50], unit[50:]
    everything = torch.ones(350, dtype=torch.bool)

    def found(score_CM: torch.Tensor) -> torch.Tensor:
        chosen = top_k(score_CM.unsqueeze(0), everything, 10)
        return chosen.spread(chosen.keep_RCTk.float(), 350)

    nearest = found(query_CD @ item_MD.mT)
    recall = []
    for num_bits in (4, 32, 256, 2048):
        normal_KD = random_hyperplanes(num_bits, 16, seed=0)
        agree_CM = (sign_bits(query_CD, normal_KD)[:, None] == sign_bits(item_MD, normal_KD)).sum(dim=-1)
        recall.append((found(agree_CM) * nearest).sum().item() / 500)
    assert recall == sorted(recall)
    assert recall[0] < 0.3
    assert recall[-1] > 0.8


@pytest.mark.parametrize("attention", TWO_STAGES)
def test_the_second_stage_is_of_the_item_side(attention):
    with pytest.raises(InstantiationException, match=r"attention\.target: got UserAttention, expected"):
        build_recommender(f"attention={attention}", "attention@attention.target=user")
    with pytest.raises(InstantiationException, match=r"attention\.k: got 0, expected a whole number from 1"):
        build_recommender(f"attention={attention}", "attention.k=0")


def test_times_reach_the_second_stage():
    assert build_recommender("attention=twin", "attention/key_bias@attention.target.key_bias=gap").attention.needs_time
