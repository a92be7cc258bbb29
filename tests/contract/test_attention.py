"""What every attention variant promises, for every yaml in conf/attention."""

import pytest
import torch
from torch.testing import assert_close

from tests.models import LENGTH, NUM_ITEMS, build_recommender, choices, has_similarity, histories, training_scores

ATTENTIONS = choices("attention")
SIMILARITIES = choices("attention/similarity")
SCORERS = choices("scorer")

pytestmark = pytest.mark.parametrize("attention", ATTENTIONS)


def test_padding_changes_nothing(attention):
    """T16: padded columns on the right are never attended to."""
    recommender = build_recommender(f"attention={attention}").eval()
    user_B, history_BL = histories()
    alone = recommender.score_catalogue(user_B[1:2], history_BL[1:2, :2])
    padded = recommender.score_catalogue(user_B[1:2], history_BL[1:2])
    assert_close(padded, alone)


def test_batch_mates_change_nothing(attention):
    """T17."""
    recommender = build_recommender(f"attention={attention}").eval()
    user_B, history_BL = histories()
    together = recommender.score_catalogue(user_B, history_BL)
    for row in range(len(user_B)):
        assert_close(together[row : row + 1], recommender.score_catalogue(user_B[[row]], history_BL[[row]]))


def test_the_future_changes_nothing(attention):
    recommender = build_recommender(f"attention={attention}").eval()
    user_B, history_BL = histories()
    before = training_scores(recommender, user_B[:1], history_BL[:1])
    for position in range(LENGTH - 1):
        changed_BL = history_BL[:1].clone()
        changed_BL[:, position + 1 :] = 11
        after = training_scores(recommender, user_B[:1], changed_BL)
        assert_close(after[:, : position + 1], before[:, : position + 1])
        assert not torch.equal(after[:, position + 1], before[:, position + 1])


@pytest.mark.parametrize("scorer", SCORERS)
def test_training_and_ranking_score_alike(attention, scorer):
    """Without dropout the newest training position and the ranking give the same scores."""
    recommender = build_recommender(f"attention={attention}", f"scorer={scorer}").train()
    user_B, history_BL = histories()
    trained = training_scores(recommender, user_B, history_BL)
    last_B = (history_BL > 0).sum(1) - 1
    assert_close(trained[torch.arange(4), last_B], recommender.eval().score_catalogue(user_B, history_BL))


@pytest.mark.parametrize("scorer", SCORERS)
def test_own_and_shared_candidates_score_alike(attention, scorer):
    recommender = build_recommender(f"attention={attention}", f"scorer={scorer}")
    user_B, history_BL = histories()
    rows, target_RT = recommender.encode(user_B, history_BL, torch.ones_like(history_BL))
    shared = recommender.score(rows, recommender.item.catalogue())
    candidate = torch.randint(1, NUM_ITEMS + 1, (*target_RT.shape, 3))
    own = recommender.score_own(rows, recommender.item(candidate))
    assert_close(own, shared.gather(-1, candidate - 1))


def test_an_empty_history_is_finite(attention):
    """T16: a row of padding alone gives numbers, not NaN."""
    recommender = build_recommender(f"attention={attention}")
    scores = recommender.score_catalogue(torch.tensor([0]), torch.zeros(1, LENGTH, dtype=torch.long))
    assert torch.isfinite(scores).all()
    scores.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in recommender.parameters() if p.grad is not None)


def test_weights_are_a_distribution_over_real_items(attention):
    recommender = build_recommender(f"attention={attention}").eval()
    user_B, history_BL = histories()
    weights = recommender.weights(user_B, history_BL, torch.tensor([1, 2]))
    assert (weights >= 0).all()
    assert_close(weights.sum(-1), torch.ones_like(weights.sum(-1)))
    tokens = weights.shape[-1] - LENGTH * ((weights.shape[-1]) // LENGTH)
    per_item = (weights.shape[-1] - tokens) // LENGTH
    for row, length in enumerate((history_BL > 0).sum(1).tolist()):
        assert (weights[row][..., tokens + per_item * length :] == 0).all()


@pytest.mark.parametrize("scorer", SCORERS)
def test_every_parameter_learns_and_padding_does_not(attention, scorer):
    """T14: the padding row of the item table gets no gradient."""
    recommender = build_recommender(f"attention={attention}", f"scorer={scorer}")
    user_B, history_BL = histories()
    scores = training_scores(recommender, user_B, history_BL)
    torch.manual_seed(1)
    (scores * torch.randn_like(scores)).sum().backward()
    for name, parameter in recommender.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    assert (recommender.item.weight.grad[0] == 0).all()


def test_every_similarity_fits(attention):
    if not has_similarity(attention):
        pytest.skip(f"{attention} has no similarity")
    user_B, history_BL = histories()
    seen = []
    for similarity in SIMILARITIES:
        recommender = build_recommender(f"attention={attention}", f"attention/similarity={similarity}").eval()
        scores = recommender.score_catalogue(user_B, history_BL)
        assert torch.isfinite(scores).all()
        assert not any(torch.equal(scores, other) for other in seen), similarity
        seen.append(scores)
