"""Which items each user has: the matrix X that closed-form recommenders are fitted to, and the rows they score from.

Letters: B rows, L history, U users, N items.
"""

import numpy as np
import torch
from scipy.sparse import csr_array, sparray
from torch import Tensor

from recexp.batching.histories import Histories
from recexp.data.training_set import TrainingSet


def interaction_matrix(training: TrainingSet) -> csr_array:
    """X_UN in float64: 1 where the user has the item in training, however often, else 0."""
    place = (training.user, training.item - 1)
    interactions = csr_array((np.ones(len(training.item)), place), shape=(training.num_users, training.num_items))
    interactions.sum_duplicates()
    interactions.data[:] = 1
    return interactions


def profiles(histories: Histories, num_items: int, dtype: torch.dtype) -> Tensor:
    """x_BN: 1 where the item is in the history, however often, else 0.

    A history holds the newest `max_history_len` items, for closed-form recommenders as for all others, so that a
    comparison is under equal conditions. The literature scores from the user's whole row of X: set `max_history_len`
    to the longest history of the dataset for that.
    """
    item_BL = histories.item_BL.clamp(min=0)
    x_BN1 = torch.zeros(len(item_BL), num_items + 1, dtype=dtype, device=item_BL.device)
    return x_BN1.scatter_(1, item_BL, 1)[:, 1:]  # without padding, which is item 0


def sparse_float32(matrix: sparray) -> Tensor:
    """The same matrix as a sparse tensor."""
    coo = matrix.tocoo()
    index = torch.from_numpy(np.stack([coo.row, coo.col]).astype(np.int64))
    value = torch.from_numpy(coo.data.astype(np.float32))
    return torch.sparse_coo_tensor(index, value, matrix.shape, check_invariants=False).coalesce()
