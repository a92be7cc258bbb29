"""Exact draws from the items that a user has not seen, in bounded work (T6).

Letters: U users, S pairs of a user and an item seen, N items.
"""

import torch
from torch import Tensor, nn

from recexp.data.user_item_set import UserItemSet

LARGEST = 1 << 62


class UnseenItems(nn.Module):
    """Lays the unseen items of a user end to end, each as long as it is likely, and finds what lies at a random place.

    Lengths are whole numbers, so that no rounding is_rank_zero into an item that was seen. `gap_S`, the length of the
    unseen items before each seen one, says how many seen ones come before a place; it grows along a user's pairs,
    and with `stride` between users along all, so that one search serves the whole batch.
    """

    end_N: Tensor
    seen_S1: Tensor
    first_U1: Tensor
    left_U: Tensor
    gap_S: Tensor

    def __init__(self, probability_N: Tensor, seen: UserItemSet) -> None:
        super().__init__()
        users = int(seen.user_S[-1]) + 1
        whole = min(1 << 50, LARGEST // users)
        length_N = (probability_N.double() * whole).round().long().clamp(min=1)
        end_N = length_N.cumsum(0)
        self.stride = int(end_N[-1]) + 1
        length_S = length_N[seen.item_S - 1]
        seen_S1 = torch.cat([torch.zeros(1, dtype=torch.long), length_S.cumsum(0)])
        first_U1 = torch.searchsorted(seen.user_S, torch.arange(users + 1))
        before_S = seen_S1[:-1] - seen_S1[first_U1[seen.user_S]]
        gap_S = end_N[seen.item_S - 1] - length_S - before_S
        for name, tensor in (
            ("end_N", end_N),
            ("seen_S1", seen_S1),
            ("first_U1", first_U1),
            ("left_U", end_N[-1] - seen_S1[first_U1[1:]] + seen_S1[first_U1[:-1]]),
            ("gap_S", seen.user_S * self.stride + gap_S),
        ):
            self.register_buffer(name, tensor, persistent=False)

    def draw(self, user: Tensor) -> Tensor:
        """An item for each user, int64 of any shape; 0 for a user who has seen everything."""
        left = self.left_U[user]
        place = (torch.rand(user.shape, device=user.device, dtype=torch.float64) * left).long().clamp(max=left - 1)
        before = torch.searchsorted(self.gap_S, user * self.stride + place, right=True)
        place = place + self.seen_S1[before] - self.seen_S1[self.first_U1[user]]
        item = torch.searchsorted(self.end_N, place, right=True) + 1
        return torch.where(left > 0, item, 0)
