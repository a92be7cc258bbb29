"""Random hyperplanes: vectors at a small angle lie on the same side of most of them.

Letters: K hyperplanes, D embedding.
"""

import torch
from torch import Tensor


def random_hyperplanes(num_bits: int, dim: int, seed: int) -> Tensor:
    """normal_KD: float32, the normal vectors of K hyperplanes through the origin; the same for the same seed."""
    return torch.randn(num_bits, dim, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def sign_bits(x_D: Tensor, normal_KD: Tensor) -> Tensor:
    """bit_K, bool [..., K]: the side of each hyperplane on which a vector lies.

    A bit of two vectors at the angle w is the same with probability 1 - w / pi (SimHash: Charikar, STOC 2002, section
    3). Bits have no gradient.
    """
    return x_D @ normal_KD.to(x_D.dtype).mT > 0
