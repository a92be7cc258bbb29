"""What each user has seen in training, to be left out of the negatives of that user.

Letters: S pairs of a user and an item, N items.
"""

import numpy as np
import torch
from torch import Tensor, nn

from recexp.data.training_set import TrainingSet


class UserItemSet(nn.Module):
    """The pairs, each once and in order, so that a search tells whether there is one. No weight of the model."""

    user_S: Tensor
    item_S: Tensor
    key_S: Tensor

    def __init__(self, training: TrainingSet) -> None:
        super().__init__()
        self.num_items = training.num_items
        key_S = np.unique(training.user * np.int64(self.num_items + 1) + training.item)
        user_S, item_S = np.divmod(key_S, self.num_items + 1)
        for name, array in (("key_S", key_S), ("user_S", user_S), ("item_S", item_S)):
            self.register_buffer(name, torch.from_numpy(array), persistent=False)

    def contains(self, user: Tensor, item: Tensor) -> Tensor:
        """bool, of each pair; user and item: int64 of shapes that go together."""
        key = user * (self.num_items + 1) + item
        return self.key_S[torch.searchsorted(self.key_S, key).clamp(max=len(self.key_S) - 1)] == key
