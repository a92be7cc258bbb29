"""Lightning's advice to its own users is left out, everything else is not."""

import warnings

import pytest

from recexp.logs import without_noise

NOISE = [
    "`isinstance(treespec, LeafSpec)` is deprecated, use `treespec.is_leaf()` instead.",
    "The 'train_dataloader' does not have many workers which may be a bottleneck.",
    "The number of training batches (6) is smaller than the logging interval Trainer(log_every_n_steps=50).",
    "Checkpoint directory /runs/checkpoints exists and is not empty.",
]


@pytest.mark.parametrize("message", NOISE)
def test_noise_is_left_out(message, recwarn):
    with without_noise():
        warnings.warn(message, stacklevel=1)
    assert not recwarn.list
    warnings.warn(message, stacklevel=1)
    assert len(recwarn.list) == 1


def test_other_warnings_are_heard():
    with pytest.warns(UserWarning, match="the weights are NaN"), without_noise():
        warnings.warn("the weights are NaN", stacklevel=1)
