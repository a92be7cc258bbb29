"""BSARec: self-attention mixed with a filter that rescales high frequencies.

Letters: B batch, L positions of the history, T query positions, D embedding.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.mixer.softmax import SoftmaxMixer
from recexp.attention.position.base import Position
from recexp.attention.similarity.base import Similarity
from recexp.checks import check_share, check_whole


class BSARecMixer(SoftmaxMixer):
    """alpha F(x) + (1 - alpha) A(x): A is softmax attention, F(x) = low(x) + beta^2 (x - low(x)) with a learned beta
    for each channel and low(x) the `num_frequencies` lowest frequencies of the history (Shin et al., AAAI 2024, eq.
    7-10).

    The published filter takes the frequencies of the whole row, padding and later positions included (T31). Here
    position t has those of x_1 ... x_t: at the newest position of an unpadded history the two are equal. The filter
    is a fixed L x L matrix, since the frequencies of n items are a fixed linear map: O(L^2 D), as attention. Published
    code puts a residual and a norm around F and A each; here they are around their sum, as `attention/residual` says.
    Published values of alpha lie between .1 and .9, of num_frequencies between 2 and 6.
    """

    bidirectional = False
    segments = False
    low_pass_LL: Tensor

    def __init__(
        self,
        *,
        embedding_dim: int,
        num_heads: int,
        max_history_len: int,
        attention_dropout: float,
        alpha: float,
        num_frequencies: int,
        similarity: Callable[..., Similarity],
    ) -> None:
        super().__init__(
            embedding_dim=embedding_dim,
            num_heads=num_heads,
            attention_dropout=attention_dropout,
            similarity=similarity,
        )
        check_share("attention.mixer.alpha", alpha)
        check_whole("attention.mixer.num_frequencies", num_frequencies, least=1)
        self.alpha = alpha
        self.beta_D = nn.Parameter(torch.randn(embedding_dim))
        low_pass_LL = causal_low_pass(max_history_len, num_frequencies).float()
        self.register_buffer("low_pass_LL", low_pass_LL, persistent=False)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        attended_BTD = super().forward(query_BTD, memory_BLD, visibility, position)
        low_pass_BTL = self.low_pass_LL[visibility.position_BT, : memory_BLD.shape[1]].to(memory_BLD.dtype)
        low_BTD = low_pass_BTL @ memory_BLD
        filtered_BTD = low_BTD + self.beta_D**2 * (query_BTD - low_BTD)
        return self.alpha * filtered_BTD + (1 - self.alpha) * attended_BTD


def causal_low_pass(length: int, num_frequencies: int) -> Tensor:
    """float64 [length, length]: row t times x_0 ... x_t is the value at t of their lowest frequencies alone.

    The discrete Fourier transform of n = t + 1 numbers, its frequencies from `num_frequencies` on set to zero, and
    transformed back: (1 / n) sum over f of m_f cos(2 pi f (t - l) / n), where m is 2 for each frequency that has a
    conjugate, else 1.
    """
    n_T1 = torch.arange(1, length + 1, dtype=torch.float64)[:, None]
    lag_TL = (n_T1 - 1) - torch.arange(length, dtype=torch.float64)
    total_TL = torch.ones(length, length, dtype=torch.float64)
    for f in range(1, num_frequencies):
        multiple_T1 = 2.0 * (2 * f < n_T1) + 1.0 * (2 * f == n_T1)
        total_TL += multiple_T1 * torch.cos(2 * torch.pi * f * lag_TL / n_T1)
    return (total_TL / n_T1).tril()
