"""Contexts of each candidate: built for a few candidates at a time, with the scores and gradients of all at once."""

import pytest
import torch
from torch.testing import assert_close

from recexp.nn import chunking
from recexp.testing.small import build_recommender, training_batch

VARIANTS = ["attention=autoint", "attention=dien"]


def scores_and_gradients(recommender, score, largest):
    """largest: filled with the number of candidates of each part whose contexts are built."""
    positions = recommender.positions(training_batch())
    build = type(positions.encoded).contexts

    def noting(encoded, item):
        largest.append(item.shape[-2])
        return build(encoded, item)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(positions.encoded), "contexts", noting)
        found = score(positions)
        torch.manual_seed(0)
        gradients = torch.autograd.grad((found * torch.randn_like(found)).sum(), list(recommender.parameters()))
    return found, gradients


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("own", [False, True])
def test_parts_score_and_learn_like_all_candidates_at_once(variant, own, monkeypatch):
    recommender = build_recommender(variant, "scorer=mlp").train()
    item_RTC = torch.randint(1, 12, (*recommender.positions(training_batch()).target_RT.shape, 5))

    def score(positions):
        if own:
            return positions.score_own(item_RTC)
        return positions.score_catalogue(recommender.item.catalogue())

    whole, parts = [], []
    expected = scores_and_gradients(recommender, score, whole)
    monkeypatch.setattr(chunking, "CPU_CHUNK_ELEMENTS", 1)
    found = scores_and_gradients(recommender, score, parts)
    assert whole == [5 if own else 11]
    assert parts == [1] * 2 * whole[0]  # once forward, and once more for the gradient
    assert_close(found, expected)
