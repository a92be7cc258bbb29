"""FMLP: a learned filter over the positions in place of attention.

Letters: B batch, L positions of the history, T query positions, D embedding.
"""

import torch
from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer
from recexp.attention.position.base import Position
from recexp.nn.embedding import INIT_STD


class FMLPMixer(Mixer):
    """out_t = sum over l <= t of w_(t-l) * x_l, with a learned number w for each distance and channel.

    FMLP-Rec (Zhou et al., WWW 2022, eq. 3-5) multiplies the Fourier transform of a row by learned complex numbers, that
    is a circular convolution: it wraps round, so that position t sees later ones (T31). Here the row is padded with
    zeros to twice its length, so that the convolution only reads the past, and the filter is learned over distances
    instead of frequencies. O(L log L D). It has no weights of its own for each history: the filter is the same for
    all.
    """

    bidirectional = False

    def __init__(self, *, embedding_dim: int, max_history_len: int) -> None:
        super().__init__()
        self.filter_LD = nn.Parameter(torch.empty(max_history_len, embedding_dim))
        nn.init.normal_(self.filter_LD, std=INIT_STD)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        length = memory_BLD.shape[1]
        if visibility.keep_BTL is None:
            return causal_convolution(memory_BLD, self.filter_LD[:length])
        distance_BTL = visibility.position_BT.unsqueeze(2) - torch.arange(length, device=memory_BLD.device)
        filter_BTLD = self.filter_LD[distance_BTL.clamp(min=0)] * visibility.keep_BTL.unsqueeze(-1)
        return torch.einsum("btld,bld->btd", filter_BTLD, memory_BLD)


def causal_convolution(x_BLD: Tensor, filter_LD: Tensor) -> Tensor:
    """sum over l <= t of filter_(t-l) * x_l, [B, L, D], by the fast Fourier transform, in float32 at least."""
    length = x_BLD.shape[1]
    dtype = torch.promote_types(x_BLD.dtype, torch.float32)
    with torch.autocast(x_BLD.device.type, enabled=False):
        spectrum = torch.fft.rfft(x_BLD.to(dtype), n=2 * length, dim=1)
        spectrum = spectrum * torch.fft.rfft(filter_LD.to(dtype), n=2 * length, dim=0)
        return torch.fft.irfft(spectrum, n=2 * length, dim=1)[:, :length].to(x_BLD.dtype)
