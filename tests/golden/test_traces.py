"""A change that is meant to change no number changes no number: ten steps of training, step by step."""

import json

import pytest

from tests.golden.trace import FILE, STEPS, TRACED, loss_trace, name

CHANGED = """{name} trains on other losses than before.
  before: {before}
  now:    {now}
Where that is not meant, it is a fault. Where it is: renew the trace (python -m tests.golden.renew); CHANGELOG.md must
say that numbers changed, and why; raise NUMBERS_VERSION in recexp/runs/identity.py, so that no finished run passes
for a new one."""


@pytest.mark.parametrize("overrides", TRACED, ids=map(name, TRACED))
def test_ten_steps_of_training_are_as_before(overrides):
    """A part of conf/ without a trace fails here: python -m tests.golden.renew adds it."""
    before = json.loads(FILE.read_text())[name(overrides)]
    now = loss_trace(overrides)
    assert len(before) == STEPS
    assert before[-1] < before[0] - 0.01  # the steps have learned something, so that optimiser and schedule count
    assert now == pytest.approx(before, rel=1e-4), CHANGED.format(name=name(overrides), before=before, now=now)
