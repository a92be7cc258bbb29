"""UserKNN: the users whose items are most like the history vote for what they have."""

import torch
from torch import Tensor

from recexp.batching.histories import Histories
from recexp.checks import check_not_negative
from recexp.recommender.profiles import profiles
from recexp.recommender.user_similarity import UserSimilarity


class UserKNN(UserSimilarity):
    """sim(history, v) = c / (sqrt(c_h c_v) + shrinkage); c counts the items that both have, c_h and c_v those of each.

    The cosine of two rows of X (Sarwar et al., EC 2000), less where both have few items.
    """

    def __init__(self, *, num_items: int, num_users: int, num_neighbors: int, shrinkage: float) -> None:
        super().__init__(num_items=num_items, num_users=num_users, num_neighbors=num_neighbors)
        check_not_negative("recommender.shrinkage", shrinkage)
        self.shrinkage = shrinkage

    def similarity(self, histories: Histories) -> Tensor:
        x_BN = profiles(histories, self.num_items, self.count_U.dtype)
        norm_BU = torch.sqrt(x_BN.sum(dim=1, keepdim=True) * self.count_U) + self.shrinkage
        common_BU = (self.item_UN @ x_BN.T).T
        return torch.where(common_BU > 0, common_BU / norm_BU, 0)
