"""When an item was, as a bias on its logit; when the request is, never."""

import pytest
import torch
from torch.testing import assert_close

from recexp.config.compose import choices
from recexp.errors import ConfigError
from recexp.testing.small import build_recommender, every_position_scores, histories

WITH_TIME = ["time_slope", "gap"]


def build(key_bias):
    return build_recommender("attention=item", f"attention/key_bias={key_bias}")


def shifted(of, seconds):
    return of._replace(time_BL=(of.time_BL + seconds) * (of.item_BL > 0))


@pytest.mark.parametrize("key_bias", choices("attention/key_bias"))
def test_it_depends_on_what_came_before_alone(key_bias):
    """T29: neither a later item's time nor the hour at which all of it happened changes a bias."""
    recommender, full = build(key_bias), histories()
    bias_BHL = recommender.attention.key_bias(recommender.embed(full))
    later = full._replace(time_BL=full.time_BL.clone())
    later.time_BL[:, 3:] += 50_000
    assert_close(recommender.attention.key_bias(recommender.embed(later))[..., :3], bias_BHL[..., :3])
    assert_close(recommender.attention.key_bias(recommender.embed(shifted(full, 1_000_000))), bias_BHL)


@pytest.mark.parametrize("key_bias", WITH_TIME)
def test_times_matter(key_bias):
    recommender, full = build(key_bias), histories()
    slower = full._replace(time_BL=full.time_BL * 3)
    assert not torch.equal(every_position_scores(recommender, slower), every_position_scores(recommender, full))


@pytest.mark.parametrize("key_bias", WITH_TIME)
def test_a_history_without_times_is_refused(key_bias):
    recommender = build(key_bias)
    with pytest.raises(ConfigError, match="reads the times"):
        recommender.score(histories()._replace(time_BL=None))


def test_gaps_fall_into_buckets_that_double():
    """0, 1, 2-3, 4-7, ...; the oldest item has a bucket of its own, and no gap is too long."""
    recommender = build("gap")
    with torch.no_grad():
        recommender.attention.key_bias.weight_HK[0] = torch.arange(34)
    gaps = [0, 1, 3, 4, 2**40]
    full = histories([[1, 2, 3, 4, 5, 6]])
    full = full._replace(time_BL=torch.tensor([[7, *gaps]]).cumsum(dim=1))
    assert recommender.attention.key_bias(recommender.embed(full)).tolist() == [[[33, 0, 1, 2, 3, 32]]]


def test_heads_must_divide_the_vector():
    with pytest.raises(Exception, match=r"attention.num_heads: got 3, expected a divisor of embedding_dim"):
        build_recommender("attention=item", "attention.num_heads=3")
