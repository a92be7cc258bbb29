"""Poolings at their limits, and that their two forms agree."""

import pytest
import torch
from hydra.utils import instantiate
from torch.testing import assert_close

from recexp.attention.pooling.smoothed import SmoothedPooling
from recexp.config.compose import choices
from recexp.errors import ConfigError
from recexp.testing.small import build_recommender, compose_config, histories

POOLINGS = choices("attention/pooling")


def build(pooling):
    return instantiate(compose_config("attention=item", f"attention/pooling={pooling}").attention.pooling)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_the_newest_weights_are_those_of_the_last_running_token(pooling, scale):
    torch.manual_seed(0)
    logit_RMC = (scale * torch.randn(2, 6, 3, dtype=torch.float64)).clamp(-60, 60)
    value_RMC = torch.randn(2, 6, 3, dtype=torch.float64)
    weight_RCM = build(pooling).weights(logit_RMC.mT, torch.ones(1, 1, 6, dtype=torch.bool))
    newest_RC = (weight_RCM.mT * value_RMC).sum(dim=1)
    assert_close(newest_RC, build(pooling).running(logit_RMC, value_RMC)[:, -1])


@pytest.mark.parametrize("pooling", POOLINGS)
def test_tokens_that_are_not_kept_weigh_nothing(pooling):
    """Not even where none is kept (T16)."""
    keep_RCM = torch.tensor([[[True, False, True]], [[False, False, False]]])
    weight_RCM = build(pooling).weights(torch.full((2, 1, 3), 9.0), keep_RCM)
    assert ((weight_RCM != 0) == keep_RCM).all()
    assert torch.isfinite(weight_RCM).all()


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_without_attention_nais_is_fism(beta):
    """Zero logits: the context of n items is their sum over n^beta (Kabbur et al., KDD 2013)."""
    overrides = ("attention/pooling=smoothed", f"attention.pooling.beta={beta}", "attention/key_bias=none")
    recommender = build_recommender("attention=item", *overrides, "attention/position=none")
    attention, history = recommender.attention, recommender.embed(histories())
    with torch.no_grad():
        attention.query.weight.zero_()
        attention.query.bias.zero_()
    for row, length in enumerate([6, 2, 1, 4]):
        fism_D = attention.value(history.item_BLD[row, :length]).sum(dim=0) / length**beta
        item_N = recommender.item.catalogue()
        assert_close(recommender.score(histories())[row], item_N @ fism_D)


@pytest.mark.parametrize("beta", [-0.1, 1.1, "half", float("nan")])
def test_a_beta_out_of_range_is_refused(beta):
    with pytest.raises(ConfigError, match=r"attention.pooling.beta: got .* from 0 to 1"):
        SmoothedPooling(beta=beta)
