"""Predict the next item at every position from the items up to it."""

from torch import Tensor

from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import Histories
from recexp.objective.base import Objective


class NextItem(Objective):
    """As in SASRec (Kang & McAuley, ICDM 2018, section III-E): position t predicts item t + 1."""

    causal = True
    masks = False

    def corrupt(self, batch: TrainingBatch) -> tuple[Histories, Tensor]:
        return batch.next_items()

    def query(self, histories: Histories) -> Histories:
        return histories
