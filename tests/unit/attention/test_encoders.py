"""An attention inside another one: which ones fit, and what is refused."""

import pytest
import torch
from hydra.errors import InstantiationException

from recexp.errors import ConfigError
from recexp.recommender.attentive import AttentiveRecommender
from recexp.testing.small import build_recommender, histories


def build(*overrides: str) -> AttentiveRecommender:
    return build_recommender(*overrides).eval()


@pytest.mark.parametrize("outer", ["attention=core", "attention=personalised attention.combine=add"])
@pytest.mark.parametrize("encoder", ["gru", "user", "stamp"])
def test_every_attention_with_a_vector_for_each_position_is_an_encoder(outer, encoder):
    recommender = build(*outer.split(), f"attention@attention.encoder={encoder}")
    assert torch.isfinite(recommender.score(histories())).all()
    assert recommender.needs_user == ("personalised" in outer or encoder == "user")


@pytest.mark.parametrize("outer", ["attention=core", "attention=personalised attention.combine=add"])
def test_candidates_that_weigh_the_history_are_refused(outer):
    recommender = build(*outer.split(), "attention@attention.encoder=item")
    with pytest.raises(ConfigError, match=r"attention\.encoder: got ItemAttention, in which each candidate weighs"):
        recommender.score(histories())


def test_a_personalised_transformer_reads_both_sides_under_cloze():
    assert build("attention=personalised", "objective=cloze").attention.bidirectional
    with pytest.raises(InstantiationException, match="reads the past alone"):
        build("attention=personalised", "attention@attention.encoder=gru", "objective=cloze")


def test_the_user_changes_what_is_ranked():
    """At the output, with a linear scorer, by the same number whatever the history is; at the input, not so."""
    for place, same in (("output", True), ("input", False)):
        recommender = build("attention=personalised", "attention.combine=add", f"attention.place={place}")
        asked = histories([[3, 1, 4], [2, 7, 5]])
        others = asked._replace(user_B=torch.tensor([2, 2]))
        change_BN = recommender.score(asked._replace(user_B=torch.tensor([1, 1]))) - recommender.score(others)
        assert change_BN.abs().min() > 0
        assert torch.allclose(change_BN[0], change_BN[1]) == same


def test_vectors_of_two_sizes_are_refused():
    with pytest.raises(InstantiationException, match="got concat at the input of UserAttention, which reads users"):
        build("attention=personalised", "attention@attention.encoder=user")


@pytest.mark.parametrize("key", ["place", "combine"])
def test_unknown_words_are_refused(key):
    with pytest.raises(InstantiationException, match=rf"attention.{key}: got 'middle', expected one of \["):
        build("attention=personalised", f"attention.{key}=middle")
