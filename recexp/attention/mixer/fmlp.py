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
    zeros to twice its length, so that the convolution only reads the past. Under an objective that reads both sides,
    it is the published one, over a row that is padded with zeros to N = max_history_len: w_((t-l) mod N). At the
    newest position the two are equal. The filter is learned over distances instead of frequencies, one real number
    for each, which makes the same filters. O(L log L D). It has no weights of its own for each history: the filter is
    the same for all.
    """

    def __init__(self, *, embedding_dim: int, max_history_len: int) -> None:
        super().__init__()
        self.filter_LD = nn.Parameter(torch.empty(max_history_len, embedding_dim))
        nn.init.normal_(self.filter_LD, std=INIT_STD)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        length = memory_BLD.shape[1]
        if visibility.keep_BTL is None:
            return convolution(memory_BLD, self.filter_LD[:length], period=2 * length)
        kept_BLD = memory_BLD * visibility.keep_BTL.transpose(1, 2)
        if query_BTD.shape[1] > 1:
            return convolution(kept_BLD, self.filter_LD, period=len(self.filter_LD))
        distance_BL = visibility.position_BT - torch.arange(length, device=memory_BLD.device)  # below 0 for padding
        return (self.filter_LD[distance_BL.clamp(min=0)] * kept_BLD).sum(dim=1, keepdim=True)


def convolution(x_BLD: Tensor, filter_LD: Tensor, period: int) -> Tensor:
    """sum over l of filter_((t-l) mod period) * x_l, [B, L, D], where a filter has zeros behind its end.

    By the fast Fourier transform, in float32 at least. With period = 2 L, no position sees a later one.
    """
    dtype = torch.promote_types(x_BLD.dtype, torch.float32)
    with torch.autocast(x_BLD.device.type, enabled=False):
        spectrum = torch.fft.rfft(x_BLD.to(dtype), n=period, dim=1)
        spectrum = spectrum * torch.fft.rfft(filter_LD.to(dtype), n=period, dim=0)
        return torch.fft.irfft(spectrum, n=period, dim=1)[:, : x_BLD.shape[1]].to(x_BLD.dtype)
