"""A learned number for each bucket of gaps.

Letters: B rows, T query positions, L keys, H heads, K buckets.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import Visibility
from recexp.attention.time.base import Time
from recexp.checks import check_whole

LOG_WIDTH = 0.301  # of a bucket, as in HSTU's public code: each bucket is e^.301 = 1.35 times as wide as the one before


class BucketTime(Time):
    """b[h, bucket], bucket = floor(log(max(1, |gap|)) / .301), at most num_buckets (Zhai et al., HSTU, ICML 2024).

    It starts at zero and is shared by all blocks; in HSTU each block has its own, shared by all heads. HSTU's gap ends
    at the time of the *next* item, which is the target's for the newest position; here it ends at the time of the
    query's own item, so that nobody sees the time of the request (T29).
    """

    def __init__(self, *, num_heads: int, num_buckets: int) -> None:
        super().__init__()
        check_whole("attention.time.num_buckets", num_buckets, least=1)
        self.num_buckets = num_buckets
        self.weight_KH = nn.Parameter(torch.zeros(num_buckets + 1, num_heads))

    def bias(self, visibility: Visibility) -> Tensor:
        log_BTL = visibility.gap_BTL().abs().clamp(min=1).double().log()
        bucket_BTL = (log_BTL / LOG_WIDTH).long().clamp(max=self.num_buckets)
        return F.embedding(bucket_BTL, self.weight_KH).movedim(-1, 1)
