"""Local attention: a position sees its nearest neighbours alone.

Letters: B batch, L keys, T queries, H heads, E head size, D embedding, N blocks, W window, K keys of a block.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import join_heads, split_heads
from recexp.attention.mixer.softmax import SoftmaxMixer
from recexp.attention.position.base import Position
from recexp.attention.similarity.base import Similarity
from recexp.checks import check_whole


class LocalMixer(SoftmaxMixer):
    """`SoftmaxMixer` over the keys l with t - window < l <= t; from both sides, over those with |t - l| < window.

    The sliding window of Longformer (Beltagy et al., 2020, section 3.1). Queries are cut into blocks of `window`, and a
    block is compared with its own keys and those of its neighbours, so that it costs O(L window D) and no L x L matrix
    is built. With window >= L it is `attention/mixer=softmax`.
    """

    time_bias = False

    def __init__(
        self,
        *,
        embedding_dim: int,
        num_heads: int,
        attention_dropout: float,
        window: int,
        similarity: Callable[..., Similarity],
    ) -> None:
        super().__init__(
            embedding_dim=embedding_dim,
            num_heads=num_heads,
            attention_dropout=attention_dropout,
            similarity=similarity,
        )
        check_whole("attention.mixer.window", window, least=1)
        self.window = window

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        queries, length = query_BTD.shape[1], memory_BLD.shape[1]
        if queries == 1 or 2 * self.window > length:  # blocks would be no smaller than the whole
            own_BTL = self._own(visibility.position_BT, length)  # else a padded query may have no key, and NaN
            narrowed = visibility._replace(keep_BTL=self._seen(visibility, length) | own_BTL)
            return super().forward(query_BTD, memory_BLD, narrowed, position)
        key_BLD, value_BLD = self.key_value(memory_BLD).chunk(2, dim=-1)
        query_BHLE, key_BHLE = self._query_and_keys(query_BTD, key_BLD, visibility, position)
        sides = 1 if visibility.keep_BTL is None else 2
        keep_BL = torch.ones(1, length, dtype=torch.bool, device=memory_BLD.device)
        if visibility.keep_BTL is not None:
            keep_BL = visibility.keep_BTL.squeeze(1)
        place_W = torch.arange(self.window, 2 * self.window, device=memory_BLD.device)  # of the queries among K keys
        context_BHNWE = self.similarity.attend(
            F.pad(query_BHLE, (0, 0, 0, -length % self.window)).unflatten(2, (-1, self.window)),
            self._blocks(key_BHLE, sides),
            self._blocks(split_heads(value_BLD, self.head_dim), sides),
            self._keep(place_W, self._blocks(keep_BL[:, None, :, None], sides).squeeze(-1)),
            self._bias(place_W, position, sides),
            dropout=self.attention_dropout if self.training else 0.0,
        )
        return self.out(join_heads(context_BHNWE.flatten(2, 3)[:, :, :length]))

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        narrowed = visibility._replace(keep_BTL=self._seen(visibility, memory_BLD.shape[1]))
        return super().weights(query_BTD, memory_BLD, narrowed, position)

    def _near(self, query_BT: Tensor, keys: int, *, both_sides: bool) -> Tensor:
        """bool [B or 1, T, K]: the keys 0 ... keys - 1 that lie in the window of queries at these positions."""
        distance_BTK = query_BT.unsqueeze(2) - torch.arange(keys, device=query_BT.device)
        return (distance_BTK < self.window) & (distance_BTK > (-self.window if both_sides else -1))

    def _seen(self, visibility: Visibility, length: int) -> Tensor:
        """bool [B or 1, T, L]: the real keys in the window of each query."""
        near_BTL = self._near(visibility.position_BT, length, both_sides=visibility.keep_BTL is not None)
        return near_BTL if visibility.keep_BTL is None else near_BTL & visibility.keep_BTL

    def _blocks(self, x_BHLE: Tensor, sides: int) -> Tensor:
        """[B, H, N, K, E]: for each block of queries, the keys before it, its own, and with two sides those behind."""
        behind = -x_BHLE.shape[2] % self.window + (sides - 1) * self.window
        padded = F.pad(x_BHLE, (0, 0, self.window, behind))
        return padded.unfold(2, (1 + sides) * self.window, self.window).transpose(-1, -2)

    def _keep(self, place_W: Tensor, real_BHNK: Tensor) -> Tensor:
        """bool [B, H, N, W, K]; a query sees itself even where it is padding, so that no row of weights is empty."""
        keys = real_BHNK.shape[-1]
        near_1WK = self._near(place_W[None], keys, both_sides=keys == 3 * self.window)
        return near_1WK & real_BHNK.unsqueeze(-2) | self._own(place_W[None], keys)

    def _own(self, query_BT: Tensor, keys: int) -> Tensor:
        """bool [B or 1, T, K]: each query's own key."""
        return query_BT.unsqueeze(2) == torch.arange(keys, device=query_BT.device)

    def _bias(self, place_W: Tensor, position: Position, sides: int) -> Tensor | None:
        """[1, H, 1, W, K]: distances are the same in every block."""
        bias_1HWK = position.bias(place_W[None], (1 + sides) * self.window)
        return None if bias_1HWK is None else bias_1HWK.unsqueeze(2)
