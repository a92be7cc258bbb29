"""Attention, scorer, loss and objective are free to combine: every pair of choices of two axes learns together."""

from itertools import combinations, product

import pytest
import torch

from recexp.attention.transformer import TransformerAttention
from recexp.config.compose import choices
from recexp.testing.loss import mean_and_gradients
from recexp.testing.small import build_recommender, compose_config, training_batch

AXES = {axis: choices(axis) for axis in ("attention", "scorer", "loss")}


def pairwise(axes):
    """Few combinations among which every pair of choices of two axes stands once at least (greedy)."""
    wanted = {frozenset([(a, x), (b, y)]) for (a, xs), (b, ys) in combinations(axes.items(), 2) for x in xs for y in ys}
    everything = [tuple(zip(axes, names, strict=True)) for names in product(*axes.values())]
    found = []
    while wanted:
        best = max(everything, key=lambda combination: len(wanted & pairs(combination)))
        found.append(best)
        wanted -= pairs(best)
    return found


def pairs(combination):
    return {frozenset(pair) for pair in combinations(combination, 2)}


SAMPLED = pairwise(AXES)


def learns(overrides):
    recommender = build_recommender(*overrides).train()
    value, gradients = mean_and_gradients(recommender, training_batch())
    assert torch.isfinite(value)
    assert value > 0
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    named = [name.split(".")[0] for name, _ in recommender.named_parameters()]
    reached = {name for name, gradient in zip(named, gradients, strict=True) if gradient.any()}
    assert reached == set(named)


def test_every_pair_is_among_the_sampled():
    everything = [tuple(zip(AXES, names, strict=True)) for names in product(*AXES.values())]
    assert set().union(*map(pairs, SAMPLED)) == set().union(*map(pairs, everything))
    assert len(SAMPLED) < len(everything) / 2


@pytest.mark.parametrize("combination", SAMPLED, ids=["-".join(name for _, name in c) for c in SAMPLED])
def test_a_batch_gives_a_finite_loss_and_every_part_a_gradient(combination):
    learns([f"{axis}={name}" for axis, name in combination])


@pytest.mark.parametrize("loss", choices("loss"))
def test_cloze_with_every_loss(loss):
    attention = build_recommender("objective=cloze").attention
    assert isinstance(attention, TransformerAttention)
    learns(["objective=cloze", f"loss={loss}"])


def test_put_together_is_as_composed():
    """The small configs of the tests are put together from yaml files where Hydra would do no more."""
    quick = compose_config("attention=item", "scorer=mlp", "loss=cross_entropy")
    slow = compose_config("attention=item", "scorer=mlp", "scorer.hidden_dim=16", "loss=cross_entropy")
    slow.scorer.hidden_dim = quick.scorer.hidden_dim
    assert quick == slow
    assert quick != compose_config("attention=item", "scorer=dot", "loss=cross_entropy")
