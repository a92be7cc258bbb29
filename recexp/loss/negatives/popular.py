"""Popular items are drawn more often."""

import torch
from torch import Tensor

from recexp.data.training_set import TrainingSet
from recexp.errors import ConfigError
from recexp.loss.negatives.catalogue import CatalogueNegatives


class PopularNegatives(CatalogueNegatives):
    """q proportional to (count + 1) ** alpha; alpha = .75 as in word2vec (Mikolov et al., NeurIPS 2013, section 2.2).

    One is added to each count, so that an item without training interactions can be drawn too.
    """

    def __init__(self, *, alpha: float) -> None:
        super().__init__()
        if alpha < 0:
            raise ConfigError(f"loss.negatives.alpha: got {alpha}, expected a number >= 0")
        self.alpha = alpha

    def probabilities(self, training: TrainingSet) -> Tensor:
        weight_N = (torch.from_numpy(training.item_count()).double() + 1) ** self.alpha
        return (weight_N / weight_N.sum()).float()
