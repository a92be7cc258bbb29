"""V-SkNN: as UserKNN, but the newest items of the history count most.

Letters: B rows, L history, N items, U users.
"""

import torch
from torch import Tensor

from recexp.batching.histories import Histories
from recexp.recommender.user_similarity import UserSimilarity


class VSkNN(UserSimilarity):
    """sim(history, v) = sum over the items i of the history that v has of w_i,  w_i = (place of i) / (length).

    The newest item weighs 1, earlier ones less by a linear decay (V-SKNN of Ludewig & Jannach, UMUAI 2018: vector
    multiplication session-based kNN). A repeated item weighs as where it came last. The sessions of the paper are the
    users' histories here, and all of them are compared, not a sample of the most recent.
    """

    def similarity(self, histories: Histories) -> Tensor:
        item_BL = histories.item_BL.clamp(min=0)
        place_L = torch.arange(1, item_BL.shape[1] + 1, device=item_BL.device, dtype=self.count_U.dtype)
        weight_BL = place_L / histories.length_B.clamp(min=1).unsqueeze(1)
        weight_BN1 = weight_BL.new_zeros(len(item_BL), self.num_items + 1)
        weight_BN = weight_BN1.scatter_reduce_(1, item_BL, weight_BL, "amax")[:, 1:]  # without padding, item 0
        return (self.item_UN @ weight_BN.T).T
