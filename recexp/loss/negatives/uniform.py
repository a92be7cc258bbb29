"""Every item is as likely as any other."""

import torch
from torch import Tensor

from recexp.data.training_set import TrainingSet
from recexp.loss.negatives.catalogue import CatalogueNegatives


class UniformNegatives(CatalogueNegatives):
    """As in SASRec and BPR."""

    def probabilities(self, training: TrainingSet) -> Tensor:
        return torch.full((training.num_items,), 1 / training.num_items)
