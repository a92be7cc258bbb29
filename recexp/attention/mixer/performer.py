"""Performer: softmax attention, approximated by random features.

Letters: B batch, L positions, H heads, E head size, F features.
"""

import torch
from torch import Tensor

from recexp.attention.mixer.kernel import KernelMixer
from recexp.checks import check_whole

LEAST_EXPONENT = -60.0  # of a key: the sum of all keys' features never becomes 0 in float32


class PerformerMixer(KernelMixer):
    """`KernelMixer` with phi(x) = exp(W x - |x|^2 / 2) / sqrt(F), so that the expectation of phi(q) . phi(k) is
    exp(q . k / sqrt(E)): FAVOR+ (Choromanski et al., ICLR 2021, eq. 5), its error falls with 1 / sqrt(F).

    The F rows of W are drawn once from `seed`, in orthogonal blocks of E with the lengths of Gaussian vectors, and kept
    in the checkpoint; all heads share them, and they are never redrawn. Published code subtracts a maximum over
    positions or the whole batch before exp, which would let a position see later ones and its batch-mates (T17, T31).
    Here a query subtracts its own maximum, which cancels; the exponent of a key is at most |w|^2 / 2, which float32
    holds for heads of up to about 128.
    num_features: F. O(L F E) for a head.
    """

    frequency_FE: Tensor

    def __init__(self, *, embedding_dim: int, num_heads: int, chunk_len: int, num_features: int, seed: int) -> None:
        super().__init__(embedding_dim=embedding_dim, num_heads=num_heads, chunk_len=chunk_len)
        check_whole("attention.mixer.num_features", num_features, least=1)
        check_whole("attention.mixer.seed", seed, least=0)
        self.register_buffer("frequency_FE", orthogonal_gaussian(num_features, self.head_dim, seed))

    def query_features(self, query_BHTE: Tensor) -> Tensor:
        exponent = self._exponent(query_BHTE)
        return (exponent - exponent.amax(dim=-1, keepdim=True)).exp()

    def key_features(self, key_BHLE: Tensor) -> Tensor:
        return self._exponent(key_BHLE).clamp(min=LEAST_EXPONENT).exp() / len(self.frequency_FE) ** 0.5

    def _exponent(self, x_BHLE: Tensor) -> Tensor:
        scaled = x_BHLE / self.head_dim**0.25
        return scaled @ self.frequency_FE.to(scaled.dtype).mT - (scaled**2).sum(dim=-1, keepdim=True) / 2


def orthogonal_gaussian(rows: int, size: int, seed: int) -> Tensor:
    """float32 [rows, size]: blocks of `size` orthogonal rows, each as long as a vector of normal numbers."""
    generator = torch.Generator().manual_seed(seed)
    blocks = -(-rows // size)
    gaussian = torch.randn(blocks, size, size, generator=generator, dtype=torch.float64)
    q, r = torch.linalg.qr(gaussian)
    q = q * r.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)  # else the first numbers of all rows have one sign
    direction = q.mT.flatten(0, 1)[:rows]
    length = torch.randn(rows, size, generator=generator, dtype=torch.float64).norm(dim=1, keepdim=True)
    return (direction * length).float()
