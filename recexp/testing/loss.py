"""What every loss promises, for positions of both kinds: a context each, and memories that candidates weigh.

Letters: R rows, T positions, D embedding.
"""

from typing import ClassVar
from unittest.mock import patch

import torch
from torch import Tensor
from torch.testing import assert_close

import recexp.nn.chunking
from recexp.attention.encoded import Contexts
from recexp.batching.batches import TrainingBatch
from recexp.recommender.attentive import AttentiveRecommender
from recexp.testing.small import NUM_ITEMS, build_recommender, training_batch

KINDS = ("attention=mean", "attention=item")


class LossContract:
    overrides: ClassVar[tuple[str, ...]]
    config_dir: ClassVar[str | None]

    def build(self, *more: str) -> AttentiveRecommender:
        return build_recommender(*self.overrides, *more, config_dir=self.config_dir)

    def test_a_batch_gives_a_finite_positive_loss_with_gradients(self) -> None:
        for kind in KINDS:
            recommender = self.build(kind)
            value, gradients = mean_and_gradients(recommender, training_batch())
            assert torch.isfinite(value)
            assert value > 0
            assert all(torch.isfinite(gradient).all() for gradient in gradients)
            parts = {name.split(".")[0] for name, _ in recommender.named_parameters()}
            named = zip(recommender.named_parameters(), gradients, strict=True)
            assert {name.split(".")[0] for (name, _), gradient in named if gradient.any()} == parts

    def test_chunks_change_neither_value_nor_gradient(self) -> None:
        for kind in KINDS:
            found = []
            for elements in (1, 150, 1 << 19):
                with patch.object(recexp.nn.chunking, "CPU_CHUNK_ELEMENTS", elements):
                    found.append(mean_and_gradients(self.build(kind), training_batch()))
            same(found[0], found[2])
            same(found[1], found[2])

    def test_what_is_no_target_contributes_nothing(self) -> None:
        """T14, T19: other items where nothing is to be learned from, and more padding, change nothing."""
        for kind in KINDS:
            recommender, batch = self.build(kind), training_batch()
            expected = mean_and_gradients(recommender, batch)
            other = batch.windows.item_BL.clone()
            other[2, 0] = NUM_ITEMS  # a window without targets
            same(mean_and_gradients(recommender, with_items(batch, other)), expected)
            other[3, 0] = NUM_ITEMS  # the history of a target: this must matter
            changed = mean_and_gradients(recommender, with_items(batch, other))
            assert abs(changed[0] - expected[0]) > 1e-4

    def test_the_width_of_a_batch_changes_nothing(self) -> None:
        """T19: the loss is a mean over real targets, not over places."""
        recommender = self.build("attention=mean")
        narrow, wide = (mean_and_gradients(recommender, short_rows(training_batch(), width)) for width in (5, 7))
        same(narrow, wide)

    def test_better_scores_give_a_lower_loss(self) -> None:
        """Scores that are right, unknown and wrong, by contexts that score each item on an axis of its own."""
        recommender = self.build("attention=mean", f"embedding_dim={NUM_ITEMS}")
        with torch.no_grad():
            recommender.item.weight[1:] = torch.eye(NUM_ITEMS)  # type: ignore[operator]
        template = recommender.positions(training_batch())
        target_R1 = torch.arange(1, NUM_ITEMS + 1)[:, None].repeat(20, 1)
        right_R1D = 40 * recommender.item(target_R1) - 20
        values = []
        for context_R1D in (right_R1D, 0 * right_R1D, -right_R1D):
            torch.manual_seed(7)
            changed = {"encoded": Contexts(context_R1D), "target_RT": target_R1, "user_RT": 0 * target_R1}
            positions = type(template)(**(vars(template) | changed))
            values.append(recommender.loss_function(positions).item() / len(target_R1))
        right, unknown, wrong = values
        assert 0 <= right < 0.01 < unknown < wrong


def loss_contract(*overrides: str, config_dir: str | None = None) -> type[LossContract]:
    """A test class for the loss that the overrides choose, such as `loss=bpr`."""
    return type("LossContract", (LossContract,), {"overrides": overrides, "config_dir": config_dir})


def mean_and_gradients(recommender: AttentiveRecommender, batch: TrainingBatch) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Of the loss over the targets of a batch, under the same draw of negatives each time."""
    torch.manual_seed(7)
    total, targets = recommender.loss(batch)
    value = total / targets
    return value.detach(), torch.autograd.grad(value, list(recommender.parameters()), materialize_grads=True)


def same(found: tuple[Tensor, tuple[Tensor, ...]], expected: tuple[Tensor, tuple[Tensor, ...]]) -> None:
    """To what float32 scores allow."""
    assert_close(found[0], expected[0], rtol=1e-6, atol=1e-6)
    assert_close(found[1], expected[1], rtol=1e-5, atol=1e-6)


def with_items(batch: TrainingBatch, item_BL: Tensor) -> TrainingBatch:
    return batch._replace(windows=batch.windows._replace(item_BL=item_BL))


def short_rows(batch: TrainingBatch, width: int) -> TrainingBatch:
    """All but the first row, which is full, cut to a width."""
    windows = batch.windows.rows(slice(1, None))
    windows = windows.with_positions(lambda tensor: tensor[:, :width], windows.length_B)
    return TrainingBatch(windows, batch.is_target_BL[1:, :width])
