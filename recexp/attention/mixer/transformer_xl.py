"""Softmax attention whose logits compare contents and distances apart, as in Transformer-XL.

Letters: B batch, L keys, T queries, H heads, E head size, D embedding, R distances.
"""

import torch
from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer, join_heads, split_heads
from recexp.attention.position.base import Position
from recexp.nn.embedding import init_linear_layers
from recexp.nn.masking import causal_mask, masked_softmax


class TransformerXLMixer(Mixer):
    """logit_tl = ((q_t + u) . k_l + (q_t + v) . W r_(t-l)) / sqrt(E) (Dai et al., ACL 2019, section 3.3).

    r is the sinusoidal vector of a distance, u and v are learned vectors of each head. It brings its own positions, and
    depends on distances alone, so that it stays the same where a history is read in segments. O(L^2 D).
    """

    rate_K: Tensor

    def __init__(self, *, embedding_dim: int, num_heads: int) -> None:
        super().__init__()
        self.head_dim = embedding_dim // num_heads
        self.query = nn.Linear(embedding_dim, embedding_dim, bias=False)
        self.key_value = nn.Linear(embedding_dim, 2 * embedding_dim, bias=False)
        self.distance = nn.Linear(embedding_dim, embedding_dim, bias=False)
        self.out = nn.Linear(embedding_dim, embedding_dim, bias=False)
        init_linear_layers(self)
        self.content_bias_HE = nn.Parameter(torch.zeros(num_heads, self.head_dim))
        self.distance_bias_HE = nn.Parameter(torch.zeros(num_heads, self.head_dim))
        rate_K = 10000 ** (-torch.arange(0, embedding_dim, 2) / embedding_dim)
        self.register_buffer("rate_K", rate_K, persistent=False)

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        weight_BHTL = self.weights(query_BTD, memory_BLD, visibility, position)
        value_BLD = self.key_value(memory_BLD).chunk(2, dim=-1)[1]
        return self.out(join_heads(weight_BHTL @ split_heads(value_BLD, self.head_dim)))

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        length = memory_BLD.shape[1]
        query_BHTE = split_heads(self.query(query_BTD), self.head_dim)
        key_BHLE = split_heads(self.key_value(memory_BLD).chunk(2, dim=-1)[0], self.head_dim)
        content_BHTL = (query_BHTE + self.content_bias_HE.unsqueeze(1)) @ key_BHLE.mT
        distance_R = torch.arange(1 - length, length, device=memory_BLD.device)
        vector_HRE = split_heads(self.distance(self._wave(distance_R, memory_BLD.dtype))[None], self.head_dim)
        by_distance_BHTR = (query_BHTE + self.distance_bias_HE.unsqueeze(1)) @ vector_HRE.mT
        distance_BTL = visibility.position_BT.unsqueeze(2) - torch.arange(length, device=memory_BLD.device)
        index_BHTL = (distance_BTL + length - 1).unsqueeze(1).expand(len(query_BTD), query_BHTE.shape[1], -1, -1)
        logit_BHTL = (content_BHTL + by_distance_BHTR.gather(-1, index_BHTL)) / self.head_dim**0.5
        keep_BTL = visibility.keep_BTL
        keep_BTL = causal_mask(length, memory_BLD.device)[None] if keep_BTL is None else keep_BTL
        return masked_softmax(logit_BHTL, keep_BTL.unsqueeze(1))

    def _wave(self, distance_R: Tensor, dtype: torch.dtype) -> Tensor:
        """The sines and then the cosines of each distance, [R, D]."""
        angle_RK = distance_R.unsqueeze(1) * self.rate_K
        wave_RX = torch.cat([angle_RK.sin(), angle_RK.cos()], dim=1)
        return wave_RX[:, : self.query.in_features].to(dtype)
