"""What every scorer promises. Letters: R rows, T positions, C candidates, D their size."""

from typing import ClassVar

import torch
from hydra.utils import instantiate
from torch import Tensor
from torch.testing import assert_close

from recexp.scorer.base import Scorer
from recexp.testing.small import compose_config

R, T, C, D = 3, 4, 5, 6


class ScorerContract:
    overrides: ClassVar[tuple[str, ...]]
    config_dir: ClassVar[str | None]

    def build(self) -> Scorer:
        """In float64, with weights large enough to matter."""
        cfg = compose_config(*self.overrides, config_dir=self.config_dir)
        scorer = instantiate(cfg.scorer)(dim=D).double()
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for parameter in scorer.parameters():
                parameter += 0.5 * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
        return scorer

    def test_a_candidate_alone_scores_as_in_the_catalogue(self) -> None:
        """One by one, in pairs, with candidates of each row's own: the same number."""
        scorer, context_RTD, item_CD = self.build(), vectors(R, T), vectors(C, seed=1)
        score_RTC = scorer(context_RTD, item_CD)
        assert score_RTC.shape == (R, T, C)
        assert_close(torch.cat([scorer(context_RTD, item_CD[[c]]) for c in range(C)], dim=-1), score_RTC)
        assert_close(scorer.paired(context_RTD.unsqueeze(2), item_CD), score_RTC)
        assert_close(scorer(context_RTD, item_CD.expand(R, C, D)), score_RTC)
        own_RCD = vectors(R, C, seed=2)
        by_row = torch.stack([scorer(context_RTD[r], own_RCD[r]) for r in range(R)])
        assert_close(scorer(context_RTD, own_RCD), by_row)

    def test_scores_tell_contexts_and_candidates_apart(self) -> None:
        score_RTC = self.build()(vectors(R, T), vectors(C, seed=1))
        assert score_RTC.std(dim=-1).min() > 1e-3
        assert score_RTC.flatten(0, 1).std(dim=0).min() > 1e-3

    def test_gradients_reach_every_parameter_and_both_sides(self) -> None:
        for paired in (False, True):
            scorer = self.build()
            context_RTD, item_CD = vectors(R, T).requires_grad_(), vectors(C, seed=1).requires_grad_()
            score_RTC = scorer.paired(context_RTD.unsqueeze(2), item_CD) if paired else scorer(context_RTD, item_CD)
            (score_RTC * vectors(R, T, C, seed=3)[..., 0]).sum().backward()
            for name, tensor in [("context", context_RTD), ("item", item_CD), *scorer.named_parameters()]:
                assert tensor.grad is not None, name
                assert torch.isfinite(tensor.grad).all() and tensor.grad.any(), name

    def test_linear_is_what_it_says(self) -> None:
        """Pooling and scoring commute exactly where a scorer says so: memories rely on it."""
        scorer = self.build()
        first_RTD, second_RTD, item_CD = vectors(R, T), vectors(R, T, seed=4), vectors(C, seed=1)
        pooled = scorer(0.3 * first_RTD + 0.7 * second_RTD, item_CD)
        mixed = 0.3 * scorer(first_RTD, item_CD) + 0.7 * scorer(second_RTD, item_CD)
        if scorer.linear:
            assert_close(pooled, mixed)
            assert_close(scorer(-2 * first_RTD, item_CD), -2 * scorer(first_RTD, item_CD))
        else:  # a linear scorer that does not say so would take the slow road
            assert (pooled - mixed).abs().max() > 1e-3


def scorer_contract(*overrides: str, config_dir: str | None = None) -> type[ScorerContract]:
    """A test class for the scorer that the overrides choose, such as `scorer=mlp`."""
    return type("ScorerContract", (ScorerContract,), {"overrides": overrides, "config_dir": config_dir})


def vectors(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
