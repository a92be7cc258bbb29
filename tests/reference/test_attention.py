"""Scores and gradients of every variant, similarity and scorer against loops over single vectors."""

import pytest
import torch
from torch.testing import assert_close

from tests.models import NUM_ITEMS, build_recommender, choices, has_similarity, histories, training_scores
from tests.reference import naive

ATTENTIONS = [attention for attention in choices("attention") if attention in naive.CONTEXTS]
CASES = [(a, "scaled_dot", s) for a in ATTENTIONS for s in choices("scorer")]
CASES += [(a, s, "dot") for a in ATTENTIONS if has_similarity(a) for s in choices("attention/similarity")]


def naive_training_scores(recommender, scorer, attention, similarity, user_B, history_BL):
    """{(row, position): score_N} for real positions."""
    found = {}
    for row, user in enumerate(user_B.tolist()):
        items = [recommender.item.weight[i] for i in history_BL[row].tolist() if i]
        vector = None if recommender.user is None else recommender.user.weight[user]
        for position in range(len(items)):
            scores = []
            for candidate in recommender.item.weight[1:]:
                context = naive.CONTEXTS[attention](
                    recommender.attention, naive.SIMILARITIES[similarity], items[: position + 1], vector, candidate
                )
                scores.append(naive.score(scorer, recommender.scorer, context, candidate))
            found[row, position] = torch.stack(scores)
    return found


def build(attention, similarity, scorer, *more):
    overrides = [f"attention={attention}", f"scorer={scorer}", *more]
    if has_similarity(attention):
        overrides.append(f"attention/similarity={similarity}")
    return build_recommender(*overrides)


def check(recommender, attention, similarity, scorer):
    user_B, history_BL = histories()
    user_B, history_BL = user_B[1:], history_BL[1:, :4]
    expected = naive_training_scores(recommender, scorer, attention, similarity, user_B, history_BL)
    score_BLN = training_scores(recommender, user_B, history_BL)
    torch.manual_seed(0)
    probe = torch.randn(len(expected), NUM_ITEMS, dtype=torch.float64)
    places = tuple(torch.tensor(list(expected)).T)
    assert_close(score_BLN[places], torch.stack(list(expected.values())))

    parameters = [p for p in recommender.parameters() if p.requires_grad]
    gradients = torch.autograd.grad((score_BLN[places] * probe).sum(), parameters)
    naive_loss = (torch.stack(list(expected.values())) * probe).sum()
    naive_gradients = torch.autograd.grad(naive_loss, parameters, allow_unused=True)
    for gradient, expected_gradient in zip(gradients, naive_gradients, strict=True):
        nothing = torch.zeros_like(gradient)
        assert_close(gradient, nothing if expected_gradient is None else expected_gradient)


def test_every_variant_that_is_shipped_has_its_loops():
    assert ATTENTIONS == ["interaction", "item", "mean", "transformer", "user"]


@pytest.mark.parametrize(("attention", "similarity", "scorer"), CASES)
def test_scores_and_gradients(attention, similarity, scorer):
    check(build(attention, similarity, scorer), attention, similarity, scorer)


def test_transformer_post_norm():
    check(build("transformer", "scaled_dot", "dot", "attention.norm=post"), "transformer", "scaled_dot", "dot")


def test_user_alone_asks():
    check(build("user", "scaled_dot", "dot", "attention.last_item=false"), "user", "scaled_dot", "dot")
