"""What an axis refuses is refused by the config alone, before any data is read."""

import pytest

from recexp.config.explanations import without_wrapping
from recexp.errors import ConfigError
from recexp.experiment import check
from tests.composed import composed

REFUSED = {
    "attention=user objective=cloze": "objective: got Cloze, which hides items of a history",
    "recommender=gru4rec objective=cloze": "objective: got Cloze, which hides items of a history",
    "attention/mixer=linear": "attention/similarity: this attention/mixer has no similarity; leave it out",
    "~attention/similarity": "attention/similarity: got none, expected one",
    "attention=item attention/position=rotary": "attention/position: got RotaryPosition",
    "attention.num_heads=3": "attention.num_heads: got 3, expected a divisor of embedding_dim (64)",
    "recommender=item_knn recommender.num_neighbors=0": "recommender.num_neighbors: got 0",
    "dataset.k_core=-1": "dataset.k_core: got -1, expected a whole number from 1",
    "split=global_time split.val_from=soon": "split.val_from: got 'soon', expected a date such as 2003-02-28",
    "protocol=sampled protocol.n=0": "protocol.n: got 0, expected a whole number from 1",
    "batching=bucketed batching.pool_batches=0": "batching.pool_batches: got 0",
    "windows.stride=51": "windows.stride: got 51, expected 1 ... max_history_len (50)",
}


@pytest.mark.parametrize(("overrides", "message"), REFUSED.items())
def test_refused_without_data(overrides, message):
    with pytest.raises(ConfigError) as caught, without_wrapping():
        check(composed("trainer.accelerator=cpu", *overrides.split()))
    assert message in str(caught.value)


def test_a_history_that_only_the_dataset_can_refuse_costs_nothing_here():
    """The positions alone would take 256 GB."""
    check(composed("trainer.accelerator=cpu", "max_history_len=1000000000"))
