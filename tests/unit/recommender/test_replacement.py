"""Stochastic shared embeddings: what is replaced, how often, and when."""

import pytest
import torch
from hydra.errors import InstantiationException

from recexp.batching.histories import MASK
from recexp.recommender.replacement import Replacement
from recexp.testing.small import build_recommender, histories, training_batch

ROWS, USERS, ITEMS = 4000, 50, 20


def replaced(user=0.0, item=0.0):
    torch.manual_seed(0)
    full = histories([[7, MASK, 0]] * ROWS)._replace(user_B=torch.full((ROWS,), 3))
    return Replacement(num_users=USERS, num_items=ITEMS, user=user, item=item)(full)


def test_users_are_replaced_by_all_others_alike():
    user_B = replaced(user=0.9).user_B
    kept = (user_B == 3).double().mean().item()
    assert kept == pytest.approx(0.1 + 0.9 / USERS, abs=0.02)
    assert set(user_B.tolist()) == set(range(USERS))


def test_items_are_replaced_but_neither_padding_nor_hidden_positions():
    item_BL = replaced(item=0.3).item_BL
    assert (item_BL[:, 0] == 7).double().mean().item() == pytest.approx(0.7 + 0.3 / ITEMS, abs=0.03)
    assert set(item_BL[:, 0].tolist()) == set(range(1, ITEMS + 1))
    assert (item_BL[:, 1] == MASK).all()
    assert (item_BL[:, 2] == 0).all()


def test_without_replacement_nothing_is_drawn():
    """So that numbers stay as they were without the options."""
    torch.manual_seed(1)
    before = torch.get_rng_state()
    full = histories()
    found = Replacement(num_users=USERS, num_items=ITEMS, user=0.0, item=0.0)(full)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(found.item_BL, full.item_BL)
    assert torch.equal(found.user_B, full.user_B)


def test_the_recommender_replaces_while_training_alone_and_keeps_its_targets():
    options = ["recommender.user_replacement=0.9", "recommender.item_replacement=0.5"]
    plain, recommender = build_recommender("attention=user"), build_recommender("attention=user", *options)

    def positions(of):
        torch.manual_seed(2)
        return of.positions(training_batch())

    expected = positions(plain.train())
    trained = positions(recommender.train())
    assert not torch.equal(trained.encoded.context_RTD, expected.encoded.context_RTD)
    assert torch.equal(trained.target_RT, expected.target_RT)
    assert torch.equal(trained.user_RT, expected.user_RT)  # negatives are drawn outside the history of the real user
    assert torch.equal(positions(recommender.eval()).encoded.context_RTD, expected.encoded.context_RTD)
    assert torch.equal(recommender.score(histories()), plain.eval().score(histories()))


def test_what_cannot_work_is_refused():
    with pytest.raises(InstantiationException, match=r"got 0\.5, but TransformerAttention never looks"):
        build_recommender("recommender.user_replacement=0.5")
    with pytest.raises(InstantiationException, match=r"item_replacement: got 1\.5, expected"):
        build_recommender("recommender.item_replacement=1.5")
