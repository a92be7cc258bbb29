import numpy as np
import pytest

from recexp.protocol.sampled import PopularProtocol, UniformProtocol
from recexp.split.leave_one_out import LeaveOneOut
from tests.unit.dataset.tables import prepare_table

TABLE = "user,item,time\n" + "".join(f"u{u},i{(7 * u + n * n) % 45},{n}\n" for u in range(60) for n in range(5))


@pytest.mark.parametrize("protocol", [UniformProtocol, PopularProtocol])
def test_validation_and_test_have_negatives_of_their_own(protocol, tmp_path):
    """T34: else the epoch is chosen against those of the test. Chance alone shares 5 / 8 of an item."""
    interactions = prepare_table(tmp_path, TABLE).interactions
    rows = LeaveOneOut()(interactions)
    val, test = (
        protocol(n=5, seed=0).candidates(interactions, rows, of.row, period, tmp_path, "key")
        for of, period in ((rows.val, "validation"), (rows.test, "test"))
    )
    shared = [len(set(one) & set(other)) for one, other in zip(val.tolist(), test.tolist(), strict=True)]
    assert np.mean(shared) < 1.5


def test_the_same_targets_have_other_negatives_in_another_period(tmp_path):
    """Also from the cache."""
    interactions = prepare_table(tmp_path, TABLE).interactions
    rows = LeaveOneOut()(interactions)
    draw = [
        UniformProtocol(n=5, seed=0).candidates(interactions, rows, rows.test.row, period, tmp_path, "key")
        for period in ("validation", "test", "validation")
    ]
    assert np.array_equal(draw[0], draw[2])
    assert not np.array_equal(draw[0], draw[1])
