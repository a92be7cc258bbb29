"""The cloze objective by hand: what is hidden, what of it is shown, and what is asked (T18)."""

import pytest
import torch
from hydra.errors import InstantiationException
from torch.testing import assert_close

from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import MASK, Histories
from recexp.config.compose import choices
from recexp.errors import ConfigError
from recexp.objective.cloze import Cloze, hide
from recexp.testing.small import build_recommender, training_batch


def cloze(mask=0.5, last=0.0, length=4):
    return Cloze(mask_probability=mask, last_item_probability=last, max_history_len=length)


def full(item, **more):
    item_BL = torch.tensor(item)
    return Histories(torch.arange(len(item)), item_BL, (item_BL > 0).sum(dim=1), **more)


def test_hidden_positions_keep_nothing_of_their_own():
    time_BL = torch.tensor([[10, 20, 30, 40], [10, 20, 0, 0], [7, 0, 0, 0]])
    context_BLF = torch.arange(1, 13).reshape(3, 4, 1)
    histories = full([[1, 2, 3, 4], [5, 6, 0, 0], [9, 0, 0, 0]], time_BL=time_BL, context_BLF=context_BLF)
    hidden_BL = torch.tensor([[False, True, True, False], [True, False, False, False], [True, False, False, False]])
    found = hide(histories, hidden_BL)
    assert found.item_BL.tolist() == [[1, MASK, MASK, 4], [MASK, 6, 0, 0], [MASK, 0, 0, 0]]
    assert found.time_BL.tolist() == [[10, 10, 10, 40], [20, 20, 0, 0], [0, 0, 0, 0]]
    assert found.context_BLF[:, :, 0].tolist() == [[1, 0, 0, 4], [0, 6, 7, 8], [0, 10, 11, 12]]


def test_the_query_ends_in_a_mask_behind_the_newest_items():
    found = cloze(length=3).query(full([[1, 2, 3, 4], [5, 0, 0, 0], [0, 0, 0, 0]]))
    assert found.item_BL.tolist() == [[3, 4, MASK], [5, MASK, 0], [MASK, 0, 0]]
    assert found.length_B.tolist() == [3, 2, 1]


def test_a_row_can_have_its_last_target_hidden_alone():
    """T18: as when ranking, though some targets come before it."""
    torch.manual_seed(0)
    windows = full([[1, 2, 3, 4], [5, 6, 0, 0]])
    batch = TrainingBatch(windows, torch.tensor([[False, True, True, True], [False, True, False, False]]))
    for _ in range(20):
        found, target_BL = cloze(mask=0.9, last=0.999).corrupt(batch)
        assert found.item_BL.tolist() == [[1, 2, 3, MASK], [5, MASK, 0, 0]]
        assert target_BL.tolist() == [[0, 0, 0, 4], [0, 6, 0, 0]]


def test_targets_are_hidden_as_often_as_asked():
    torch.manual_seed(0)
    windows = full([list(range(1, 101))] * 200)
    _, target_BL = cloze(mask=0.3, length=100).corrupt(TrainingBatch(windows, windows.item_BL > 1))
    assert (target_BL > 0).double().mean().item() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("attention", [name for name in choices("attention") if name != "transformer"])
def test_variants_that_read_the_past_alone_refuse(attention):
    if build_recommender(f"attention={attention}").attention.bidirectional:
        return
    with pytest.raises((ConfigError, InstantiationException), match=r"objective: got Cloze, .*attention=transformer"):
        build_recommender(f"attention={attention}", "objective=cloze")


def test_position_0_counts_in_the_loss_where_it_is_a_target():
    """T18: an index of 0 is not "no position"."""
    recommender = build_recommender("objective=cloze", "objective.mask_probability=0.99")
    batch = training_batch()
    first = batch._replace(is_target_BL=batch.windows.item_BL > 0)
    torch.manual_seed(0)
    assert recommender.positions(first).target_RT.numel() > recommender.positions(batch).target_RT.numel()


def test_an_item_bias_reaches_every_score():
    """T18: BERT4Rec's output bias, in the catalogue, in shared and in own candidates."""
    recommender = build_recommender("objective=cloze", "recommender.item_bias=true")
    positions = recommender.positions(training_batch())
    before = positions.score_catalogue(recommender.item.catalogue()).detach()
    with torch.no_grad():
        recommender.bias_N[2] += 5
    item = torch.tensor([3, 4])
    after = positions.score_catalogue(recommender.item.catalogue())
    assert_close(after - before, (5 * torch.eye(11)[2].double()).expand_as(after))
    assert_close(positions.score_shared(item), after[..., item - 1])
    own = item.expand(*positions.target_RT.shape, 2)
    assert_close(positions.score_own(own), after[..., item - 1])
