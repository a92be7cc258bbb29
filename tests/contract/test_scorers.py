"""What every scorer in conf/scorer promises. Letters: R rows, T positions, C candidates, D their size."""

import pytest
import torch
from hydra.utils import instantiate
from torch.testing import assert_close

from tests.models import choices, compose_config

R, T, C, D = 3, 4, 5, 6


@pytest.fixture(params=choices("scorer"))
def scorer(request):
    """In float64, with weights large enough to matter."""
    scorer = instantiate(compose_config(f"scorer={request.param}").scorer)(dim=D).double()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in scorer.parameters():
            parameter += 0.5 * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
    return scorer


def vectors(*shape, seed=0):
    return torch.randn(*shape, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_candidate_alone_scores_as_in_the_catalogue(scorer):
    """One by one, in pairs, with candidates of each row's own: the same number."""
    context_RTD, item_CD = vectors(R, T), vectors(C, seed=1)
    score_RTC = scorer(context_RTD, item_CD)
    assert score_RTC.shape == (R, T, C)
    alone = torch.cat([scorer(context_RTD, item_CD[[c]]) for c in range(C)], dim=-1)
    assert_close(alone, score_RTC)
    assert_close(scorer.paired(context_RTD.unsqueeze(2), item_CD), score_RTC)
    assert_close(scorer(context_RTD, item_CD.expand(R, C, D)), score_RTC)
    mine_RCD = vectors(R, C, seed=2)
    by_row = torch.stack([scorer(context_RTD[r], mine_RCD[r]) for r in range(R)])
    assert_close(scorer(context_RTD, mine_RCD), by_row)


def test_scores_tell_contexts_and_candidates_apart(scorer):
    score_RTC = scorer(vectors(R, T), vectors(C, seed=1))
    assert score_RTC.std(dim=-1).min() > 1e-3
    assert score_RTC.flatten(0, 1).std(dim=0).min() > 1e-3


@pytest.mark.parametrize("way", ["catalogue", "paired"])
def test_gradients_reach_every_parameter_and_both_sides(scorer, way):
    context_RTD, item_CD = vectors(R, T).requires_grad_(), vectors(C, seed=1).requires_grad_()
    own_RT1D = context_RTD.unsqueeze(2)
    score_RTC = scorer(context_RTD, item_CD) if way == "catalogue" else scorer.paired(own_RT1D, item_CD)
    (score_RTC * vectors(R, T, C, seed=3)[..., 0]).sum().backward()
    for name, tensor in [("context", context_RTD), ("item", item_CD), *scorer.named_parameters()]:
        assert tensor.grad is not None, name
        assert torch.isfinite(tensor.grad).all(), name
        assert tensor.grad.any(), name


def test_linear_is_what_it_says(scorer):
    """Pooling and scoring commute exactly where a scorer says so: item attention relies on it."""
    first_RTD, second_RTD, item_CD = vectors(R, T), vectors(R, T, seed=4), vectors(C, seed=1)
    pooled = scorer(0.3 * first_RTD + 0.7 * second_RTD, item_CD)
    mixed = 0.3 * scorer(first_RTD, item_CD) + 0.7 * scorer(second_RTD, item_CD)
    if scorer.linear:
        assert_close(pooled, mixed)
        assert_close(scorer(-2 * first_RTD, item_CD), -2 * scorer(first_RTD, item_CD))
    else:  # a scorer that is linear and does not say so would take the slow road
        assert (pooled - mixed).abs().max() > 1e-3
