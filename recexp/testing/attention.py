"""What every attention variant promises.

Letters: B rows, L positions, N items, C candidates, H heads, M memory tokens.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.testing import assert_close

from recexp.attention.base import USER_TOKEN
from recexp.config.compose import choices
from recexp.config.explanations import is_refusal
from recexp.recommender.attentive import AttentiveRecommender
from recexp.testing.small import (
    LENGTH,
    NUM_ITEMS,
    build_recommender,
    compose_config,
    cut,
    every_position_scores,
    histories,
    padding_row,
    training_batch,
)

GROUPS = ("position", "key_bias", "similarity", "pooling", "mixer", "feed_forward", "residual", "time")
SCORERS = ("dot", "mlp")  # one that is linear in the context, which Memory uses, and one that is not
PARTS = tuple(f"attention/{group}" for group in GROUPS)


class AttentionContract:
    """Under each objective that the variant can have."""

    overrides: ClassVar[tuple[str, ...]]
    config_dir: ClassVar[str | None]

    def build(self, *more: str) -> AttentiveRecommender:
        return build_recommender(*self.overrides, *more, config_dir=self.config_dir).eval()

    def objectives(self) -> list[str]:
        """Overrides of the objectives under which the attention can be built; `next_item` is always one of them."""
        found = []
        for name in choices("objective"):
            try:
                self.build(f"objective={name}")
            except Exception as error:
                assert name != "next_item" and is_refusal(error), f"objective={name}: {error}"
            else:
                found.append(f"objective={name}")
        return found

    def test_padding_changes_nothing(self) -> None:
        """T16: padded positions on the right are never attended to."""
        for objective in self.objectives():
            recommender, full = self.build(objective), histories()
            alone = recommender.score(cut(full.rows(slice(1, 2)), 2))
            assert_close(recommender.score(full.rows(slice(1, 2))), alone)

    def test_batch_mates_change_nothing(self) -> None:
        """T17."""
        for objective in self.objectives():
            recommender, full = self.build(objective), histories()
            together = recommender.score(full)
            for row in range(len(together)):
                assert_close(together[[row]], recommender.score(full.rows(torch.tensor([row]))))

    def test_a_position_sees_what_the_objective_allows(self) -> None:
        """T31: causal positions never see a later item, nor its time; bidirectional ones see all of the history."""
        for objective in self.objectives():
            recommender, full = self.build(objective), histories().rows(slice(0, 1))
            before = every_position_scores(recommender, full)
            for position in range(LENGTH - 1):
                later = full.item_BL.clone()
                later[:, position + 1 :] = NUM_ITEMS
                assert full.time_BL is not None
                later_time = full.time_BL.clone()  # and gaps, shorter than any before
                later_time[:, position + 1 :] = later_time[:, [position]] + torch.arange(1, LENGTH - position)
                after = every_position_scores(recommender, full._replace(item_BL=later, time_BL=later_time))
                assert not torch.equal(after[:, position + 1], before[:, position + 1])
                if recommender.objective.causal:
                    assert_close(after[:, : position + 1], before[:, : position + 1])
                else:
                    assert not torch.equal(after[:, 0], before[:, 0])

    def test_training_and_ranking_score_alike(self) -> None:
        """The newest position scores the same whether all positions are encoded or it alone."""
        for objective in self.objectives():
            for scorer in SCORERS:
                recommender, full = self.build(objective, f"scorer={scorer}"), histories()
                asked = recommender.objective.query(full)
                trained = every_position_scores(recommender, asked)[torch.arange(4), asked.length_B - 1]
                assert_close(trained, recommender.score(full))

    def test_own_and_shared_candidates_score_alike(self) -> None:
        for scorer in SCORERS:
            recommender = self.build(f"scorer={scorer}")
            positions = recommender.positions(training_batch())
            torch.manual_seed(0)
            item_RTC = torch.randint(1, NUM_ITEMS + 1, (*positions.target_RT.shape, 3))
            shared_RTN = positions.score_catalogue(recommender.item.catalogue())
            assert_close(positions.score_own(item_RTC), shared_RTN.gather(-1, item_RTC - 1))
            assert_close(positions.score_shared(torch.arange(1, NUM_ITEMS + 1)), shared_RTN)

    def test_an_empty_history_is_finite(self) -> None:
        """T16: a row of padding alone gives numbers, not NaN, in scores and gradients."""
        for objective in self.objectives():
            recommender = self.build(objective)
            scores = recommender.score(histories([[0] * LENGTH]))
            assert torch.isfinite(scores).all()
            scores.sum().backward()
            assert all(torch.isfinite(p.grad).all() for p in recommender.parameters() if p.grad is not None)

    def test_weights_have_the_one_shape_and_leave_padding_out(self) -> None:
        """[B, C, H, M]; C and H may be 1. Each token stands for a position of the history or for the user."""
        for objective in self.objectives():
            recommender, full = self.build(objective), histories()
            found = recommender.weights(full, torch.tensor([1, 2, 3]))
            if found is None:
                continue
            weight_BCHM, position_M = found
            batch, candidates, _, tokens = weight_BCHM.shape
            assert (batch, tokens) == (4, len(position_M))
            assert candidates in (1, 3)
            length_B = recommender.objective.query(full).length_B
            assert position_M.min() >= USER_TOKEN
            assert position_M.max() < length_B.max()
            for row, length in enumerate(length_B.tolist()):
                assert (weight_BCHM[row][..., position_M >= length] == 0).all()
                assert (weight_BCHM[row][..., position_M < length] != 0).any()

    def test_every_parameter_learns_and_padding_does_not(self) -> None:
        """T14."""
        for objective in self.objectives():
            for scorer in SCORERS:
                recommender = self.build(objective, f"scorer={scorer}", "recommender.item_bias=true").train()
                torch.manual_seed(1)
                score_BLN = every_position_scores(recommender, recommender.objective.query(histories()))
                (score_BLN * torch.randn_like(score_BLN)).sum().backward()
                for name, parameter in recommender.named_parameters():
                    assert parameter.grad is not None, name
                    assert parameter.grad.abs().sum() > 0, name
                table: Any = getattr(recommender.item, "ids", recommender.item)
                assert (table.weight.grad[0] == 0).all()
                assert (padding_row(recommender) == 0).all()

    def test_every_part_of_its_groups_fits_or_is_refused(self) -> None:
        """Each choice of a group gives scores of its own, or an error that names the group.

        Something fits beside the default, at least where no part was chosen that the others would have to fit.
        """
        node = compose_config(*self.overrides, config_dir=self.config_dir).attention
        parts_are_chosen = any("/" in override for override in self.overrides)
        for group in PARTS:
            if group.rpartition("/")[2] not in node:
                continue
            default, fitting = self.build().score(histories()), dict[str, Tensor]()
            for choice in choices(group):
                recommender = self.build_with(group, choice)
                if recommender is not None:
                    fitting[choice] = recommender.score(histories())
            for choice, scores in fitting.items():
                assert torch.isfinite(scores).all(), f"{group}={choice}"
                same = [other for other in fitting if torch.equal(fitting[other], scores)]
                assert same == [choice], f"{group}: {same} score alike"
            others = [choice for choice, scores in fitting.items() if not torch.equal(scores, default)]
            assert others or parts_are_chosen, f"{group}: all but the default are refused; leave it out of the yaml"

    def build_with(self, group: str, choice: str) -> AttentiveRecommender | None:
        """With another part, and for a mixer with or without a similarity; None where the part is refused."""
        similarities = ((), ("~attention/similarity",), ("+attention/similarity=scaled_dot",))
        for more in similarities if group == "attention/mixer" else ((),):
            try:
                return self.build(f"{group}={choice}", *more)
            except Exception as error:
                assert is_refusal(error), f"{group}={choice}: {error}"
        return None


def attention_contract(*overrides: str, config_dir: str | None = None) -> type[AttentionContract]:
    """A test class for the attention that the overrides choose, such as `attention=decay`."""
    return type("AttentionContract", (AttentionContract,), {"overrides": overrides, "config_dir": config_dir})
