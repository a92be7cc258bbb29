"""Losses and their gradients against loops, for candidate-free and candidate-aware rows, in chunks of any size."""

import pytest
import torch
from hydra.utils import instantiate
from torch.testing import assert_close

import recexp.nn.chunking
from recexp.testing.small import (
    NUM_ITEMS,
    build_recommender,
    compose_config,
    every_position_scores,
    training_batch,
    training_set,
)


def real_scores(recommender):
    """(score_PN, target_P) of the real targets."""
    histories, target_BL = training_batch().next_items()
    score_BLN = every_position_scores(recommender, histories)
    return score_BLN[target_BL > 0], target_BL[target_BL > 0]


def loss_and_gradients(recommender, loss):
    recommender.loss_function = loss
    total, targets = recommender.loss(training_batch())
    value = total / targets
    return value, torch.autograd.grad(value, list(recommender.parameters()), allow_unused=True)


def build_loss(*overrides):
    loss = instantiate(compose_config(*overrides).loss)
    loss.prepare(training_set())
    return loss


def check(recommender, loss, expected):
    value, gradients = loss_and_gradients(recommender, loss)
    expected_gradients = torch.autograd.grad(expected, list(recommender.parameters()), allow_unused=True)
    assert_close(value, expected, check_dtype=False, rtol=1e-5, atol=1e-6)
    for gradient, expected_gradient in zip(gradients, expected_gradients, strict=True):
        nothing = torch.zeros_like(expected_gradient) if gradient is None else gradient
        assert_close(nothing, expected_gradient, rtol=1e-5, atol=1e-6)


@pytest.fixture(params=[1, 10_000], ids=["one row a chunk", "one chunk"])
def _chunks(request, monkeypatch):
    monkeypatch.setattr(recexp.nn.chunking, "CPU_CHUNK_ELEMENTS", request.param)


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize("attention", ["transformer", "item", "interaction"])
@pytest.mark.parametrize("scorer", ["dot", "cosine", "mlp"])
def test_cross_entropy(attention, scorer):
    recommender = build_recommender(f"attention={attention}", f"scorer={scorer}")
    score_PN, target_P = real_scores(recommender)
    total = 0
    for score_N, target in zip(score_PN, target_P.tolist(), strict=True):
        total = total - score_N[target - 1] + torch.log(sum(torch.exp(score) for score in score_N))
    check(recommender, build_loss("loss=cross_entropy"), total / len(target_P))


def fixed_negatives(monkeypatch, loss, shared):
    shape = (3,) if shared else None

    def draw(asked, target_RT):
        generator = torch.Generator().manual_seed(5)
        return torch.randint(1, NUM_ITEMS + 1, shape or asked, generator=generator)

    monkeypatch.setattr(loss.negatives, "draw", draw)
    return draw


def softplus(x):
    return torch.log(1 + torch.exp(x))


def naive_sampled(name, loss, positive, negatives, kept, target, negative_items):
    if name == "bce":
        return softplus(-positive) + sum((softplus(n) for n, keep in zip(negatives, kept, strict=True) if keep), 0.0)
    if name == "bpr":
        parts = [softplus(n - positive) for n, keep in zip(negatives, kept, strict=True) if keep]
        return sum(parts) / len(parts) if parts else 0.0 * positive
    if name == "gbce":
        alpha = 3 / (NUM_ITEMS - 1)
        beta = alpha * (0.75 * (1 - 1 / alpha) + 1 / alpha)
        total = torch.log((1 / (1 + torch.exp(-positive))) ** beta)
        for negative, keep in zip(negatives, kept, strict=True):
            total = total + (torch.log(1 - 1 / (1 + torch.exp(-negative))) if keep else 0.0)
        return -total / 4
    log_q = loss.negatives.probability_N.double().log()
    own = positive - log_q[target - 1]
    others = [n - log_q[i - 1] for n, i, keep in zip(negatives, negative_items, kept, strict=True) if keep]
    return torch.log(torch.exp(own) + sum(torch.exp(n) for n in others)) - own


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize("attention", ["transformer", "item"])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("name", ["bce", "bpr", "gbce", "sampled_softmax"])
def test_sampled_losses(name, shared, attention, monkeypatch):
    loss = build_loss(
        f"loss={name}", f"loss.shared={str(shared).lower()}", "loss.num_negatives=3", "loss/negatives=popular"
    )
    recommender = build_recommender(f"attention={attention}")
    draw = fixed_negatives(monkeypatch, loss, shared)
    target_RT = recommender.positions(training_batch()).target_RT
    negative = draw((*target_RT.shape, 3), None)
    negative = negative.expand(*target_RT.shape, 3)[target_RT > 0]
    score_PN, target_P = real_scores(recommender)
    total = 0
    for score_N, target, items in zip(score_PN, target_P.tolist(), negative.tolist(), strict=True):
        kept = [item != target for item in items]
        scores = [score_N[item - 1] for item in items]
        total = total + naive_sampled(name, loss, score_N[target - 1], scores, kept, target, items)
    check(recommender, loss, total / len(target_P))


def test_gbce_is_finite_for_any_score_and_knows_its_ends():
    """sigmoid(x)^beta underflows far below 0; without calibration the loss is BCE, over K + 1."""
    keep = torch.ones(1, 3, dtype=torch.bool)
    for target in (-1e4, 0.0, 1e4):
        loss = build_loss("loss=gbce", "loss.num_negatives=3")
        score = torch.tensor([target], requires_grad=True)
        value = loss.compare(score, torch.full((1, 3), -target), keep)
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(score.grad).all()
    positive, negative = torch.tensor([0.3]), torch.tensor([[0.1, -0.2, 2.0]])
    plain = build_loss("loss=bce", "loss.num_negatives=3").compare(positive, negative, keep)
    ends = {t: build_loss("loss=gbce", "loss.num_negatives=3", f"loss.calibration={t}") for t in (0.0, 1.0)}
    assert_close(ends[0.0].compare(positive, negative, keep), plain / 4)
    assert ends[1.0].beta == pytest.approx(3 / (NUM_ITEMS - 1))
    assert build_loss("loss=gbce", "loss.num_negatives=100").beta == 1  # more negatives than other items
