"""The time between items, wherever it changes an attention."""

import pytest
import torch
from hydra.errors import InstantiationException
from torch.testing import assert_close

from recexp.config.compose import choices
from recexp.errors import ConfigError
from recexp.testing.small import build_recommender, histories, training_batch
from tests.mixers import mixer_overrides


def reads_times(mixer: str) -> bool:
    return build_recommender(*mixer_overrides(mixer)).attention.needs_time


READ_TIMES = [
    (f"attention={name}", f"attention/time={kind}")
    for name in ("transformer", "user")
    for kind in choices("attention/time")
    if kind != "none"
]
READ_TIMES += [mixer_overrides(name) for name in choices("attention/mixer") if reads_times(name)]
READ_TIMES += [(*mixer_overrides("hstu"), "attention/feed_forward=none", "attention/time=buckets")]


@pytest.mark.parametrize("overrides", READ_TIMES, ids=" ".join)
def test_the_time_of_the_target_changes_nothing(overrides):
    """T29: not in training, where it stands in the window, and not by the time of the request, which nobody passes."""
    recommender, batch = build_recommender(*overrides).eval(), training_batch()
    last_B1 = (batch.windows.length_B - 1).unsqueeze(1)
    time_BL = batch.windows.time_BL.scatter_add(1, last_B1, torch.full_like(last_B1, 1_000_000))
    later = batch._replace(windows=batch.windows._replace(time_BL=time_BL))
    expected = recommender.positions(batch).encoded.context_RTD
    assert_close(recommender.positions(later).encoded.context_RTD, expected, rtol=0, atol=0)


@pytest.mark.parametrize("overrides", READ_TIMES, ids=" ".join)
def test_only_gaps_count(overrides):
    """The same history a year later is the same; one with other gaps is not."""
    recommender, full = build_recommender(*overrides).eval(), histories()
    expected = recommender.score(full)
    assert_close(recommender.score(full._replace(time_BL=full.time_BL + 31_536_000)), expected)
    other_BL = (full.time_BL - 1_000_000).clamp(min=0) ** 2
    assert not torch.allclose(recommender.score(full._replace(time_BL=other_BL)), expected)


@pytest.mark.parametrize("overrides", READ_TIMES, ids=" ".join)
def test_a_history_without_times_is_refused(overrides):
    with pytest.raises(ConfigError, match="reads the times of interactions, and there are none"):
        build_recommender(*overrides).score(histories()._replace(time_BL=None))


def test_by_default_no_times_are_needed():
    """Of transformer and user side."""
    for name in ("transformer", "user"):
        without = histories()._replace(time_BL=None)
        assert torch.isfinite(build_recommender(f"attention={name}").score(without)).all()


def test_a_mixer_that_adds_nothing_to_its_logits_refuses_it():
    with pytest.raises(InstantiationException, match=r"attention/time: got BucketTime, .* LinearMixer adds nothing"):
        build_recommender("attention/mixer=linear", "~attention/similarity", "attention/time=buckets")
