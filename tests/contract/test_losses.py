"""What every loss in conf/loss promises, for rows of a candidate-free and of a candidate-aware attention."""

import pytest
import torch
from hydra.utils import instantiate
from torch.testing import assert_close

import recexp.nn.chunking
from tests.models import NUM_ITEMS, build_recommender, choices, compose_config, histories, training_set

TARGETS = torch.tensor([[1, 4, 2, 5, 9, 11], [7, 6, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 3, 10, 2, 0, 0]])


@pytest.fixture(params=choices("loss"))
def loss(request):
    loss = instantiate(compose_config(f"loss={request.param}").loss)
    loss.prepare(training_set())
    return loss


def value_and_gradients(loss, recommender, history_BL):
    """Under the same draw of negatives each time."""
    rows, target_RT = recommender.encode(torch.arange(len(TARGETS)), history_BL, TARGETS)
    torch.manual_seed(7)
    value = loss(recommender, rows, target_RT)
    return value.detach(), torch.autograd.grad(value, list(recommender.parameters()), materialize_grads=True)


def same(found, expected):
    """To what float32 scores allow."""
    assert_close(found[0], expected[0], rtol=1e-6, atol=1e-6)
    assert_close(found[1], expected[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("attention", ["user", "item"])
def test_chunks_change_neither_value_nor_gradient(loss, attention, monkeypatch):
    recommender = build_recommender(f"attention={attention}")
    _, history_BL = histories()
    found = []
    for elements in (1, 150, 1 << 19):
        monkeypatch.setattr(recexp.nn.chunking, "CPU_CHUNK_ELEMENTS", elements)
        found.append(value_and_gradients(loss, recommender, history_BL))
    same(found[0], found[2])
    same(found[1], found[2])


@pytest.mark.parametrize("attention", ["user", "item"])
def test_what_is_no_target_contributes_nothing(loss, attention):
    """T14, T19: other items where nothing is to be learned from, and nothing is changed."""
    recommender = build_recommender(f"attention={attention}")
    _, history_BL = histories()
    other_BL = history_BL.clone()
    other_BL[2] = torch.tensor([1, 11, 4, 0, 0, 0])  # a row without targets
    other_BL[3, 4:] = torch.tensor([7, 8])  # behind the last target
    same(value_and_gradients(loss, recommender, other_BL), value_and_gradients(loss, recommender, history_BL))
    real_BL = history_BL.clone()
    real_BL[3, 0] = 11  # before a target: this must matter
    other = value_and_gradients(loss, recommender, real_BL)
    assert abs(other[0] - value_and_gradients(loss, recommender, history_BL)[0]) > 1e-4


def test_better_scores_give_a_lower_loss(loss):
    """Scores that are right, unknown and wrong, by contexts that score each item on an axis of its own."""
    recommender = build_recommender("attention=mean", f"embedding_dim={NUM_ITEMS}")
    with torch.no_grad():
        recommender.item.weight[1:] = torch.eye(NUM_ITEMS)
    target_R1 = torch.arange(1, NUM_ITEMS + 1)[:, None].repeat(20, 1)
    right_R1D = 40 * recommender.item(target_R1) - 20
    values = []
    for context_R1D in (right_R1D, 0 * right_R1D, -right_R1D):
        torch.manual_seed(7)
        values.append(loss(recommender, (context_R1D,), target_R1).item())
    right, unknown, wrong = values
    assert 0 <= right < 0.01 < unknown < wrong
