"""A change that is meant to change no number changes no number: ten steps of training, step by step."""

import json

import pytest

from tests.golden.trace import ATTENTIONS, FILE, STEPS, loss_trace

CHANGED = """attention={attention} trains on other losses than before.
  before: {before}
  now:    {now}
Where that is not meant, it is a fault. Where it is: renew the trace (python -m tests.golden.renew); CHANGELOG.md must
say that numbers changed, and why; raise NUMBERS_VERSION in recexp/runs/identity.py, so that no finished run passes
for a new one."""


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_ten_steps_of_training_are_as_before(attention):
    before = json.loads(FILE.read_text())[attention]
    now = loss_trace(attention)
    assert len(before) == STEPS
    assert before[-1] < before[0] - 0.01  # the steps have learned something, so that optimiser and schedule count
    assert now == pytest.approx(before, rel=1e-4), CHANGED.format(attention=attention, before=before, now=now)
