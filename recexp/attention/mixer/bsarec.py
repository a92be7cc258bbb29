"""BSARec: self-attention mixed with a filter that rescales high frequencies.

Letters: B batch, L positions of the history, T query positions, D embedding, F frequencies.
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
    position t has those of x_1 ... x_t, by a fixed L x L matrix: O(L^2 D), as attention. Under an objective that reads
    both sides, each position has those of the whole history without its padding. At the newest position the two are
    equal, and are the published filter of a row without padding. Published code puts a residual and a norm around F
    and A each; here they are around their sum, as `attention/residual` says.
    alpha, num_frequencies: .7 and 3 in the published run on Beauty, whose c = 5 keeps c // 2 + 1 frequencies.
    """

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
        self.alpha, self.num_frequencies = alpha, num_frequencies
        self.beta_D = nn.Parameter(torch.randn(embedding_dim))
        low_pass_LL = causal_low_pass(max_history_len, num_frequencies).float()
        self.register_buffer("low_pass_LL", low_pass_LL, persistent=False)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        attended_BTD = super().forward(query_BTD, memory_BLD, visibility, position)
        if visibility.keep_BTL is None or query_BTD.shape[1] == 1:
            low_pass_BTL = self.low_pass_LL[visibility.position_BT, : memory_BLD.shape[1]].to(memory_BLD.dtype)
            low_BTD = low_pass_BTL @ memory_BLD
        else:
            low_BTD = low_frequencies(memory_BLD, visibility.keep_BTL.squeeze(1), self.num_frequencies)
        filtered_BTD = low_BTD + self.beta_D**2 * (query_BTD - low_BTD)
        return self.alpha * filtered_BTD + (1 - self.alpha) * attended_BTD


def causal_low_pass(length: int, num_frequencies: int) -> Tensor:
    """float64 [length, length]: row t times x_0 ... x_t is the value at t of their lowest frequencies alone.

    The discrete Fourier transform of n = t + 1 numbers, its frequencies from `num_frequencies` on set to zero, and
    transformed back: (1 / n) sum over f of m_f cos(2 pi f (t - l) / n), with m of `_multiples`.
    """
    n_T1 = torch.arange(1, length + 1, dtype=torch.float64)[:, None]
    lag_TL = (n_T1 - 1) - torch.arange(length, dtype=torch.float64)
    multiple_TF = _multiples(n_T1, num_frequencies)
    terms = (multiple_TF[:, [f]] * torch.cos(2 * torch.pi * f * lag_TL / n_T1) for f in range(num_frequencies))
    return (sum(terms, torch.zeros(length, length, dtype=torch.float64)) / n_T1).tril()


def low_frequencies(x_BLD: Tensor, keep_BL: Tensor, num_frequencies: int) -> Tensor:
    """[B, L, D]: at each position, the lowest frequencies of the kept vectors of its row, the first n_B of them.

    (1 / n) sum over f of m_f (cos f t sum over l of cos f l x_l + sin f t sum over l of sin f l x_l). O(L F D).
    """
    n_B1 = keep_BL.sum(dim=1, keepdim=True).to(x_BLD.dtype)
    turn_BL = 2 * torch.pi * torch.arange(x_BLD.shape[1], dtype=x_BLD.dtype, device=x_BLD.device) / n_B1
    angle_BLF = turn_BL.unsqueeze(2) * torch.arange(num_frequencies, device=x_BLD.device)
    share_B1F = (_multiples(n_B1, num_frequencies) / n_B1).unsqueeze(1)
    kept_BLD = x_BLD * keep_BL.unsqueeze(2)
    waves = (angle_BLF.cos(), angle_BLF.sin())
    first_BLD, second_BLD = (wave_BLF * share_B1F @ (wave_BLF.mT @ kept_BLD) for wave_BLF in waves)
    return first_BLD + second_BLD


def _multiples(n_X1: Tensor, num_frequencies: int) -> Tensor:
    """[X, F]: how often frequency f is among n numbers: 2 with its conjugate, 1 without, 0 where it is not."""
    f_F = torch.arange(num_frequencies, device=n_X1.device)
    return (2 * f_F <= n_X1).to(n_X1.dtype) + ((2 * f_F < n_X1) & (f_F > 0))
