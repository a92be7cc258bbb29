"""NOVA: features choose where a Transformer looks, and never enter what it sees there.

Letters: B batch, T positions, H heads, E head size, D embedding.
"""

from collections.abc import Callable

from torch import Tensor, nn

from recexp.attention.feature_mixer import FeatureMixer, Read
from recexp.attention.feature_transformer import FeatureTransformer
from recexp.attention.feed_forward.base import FeedForward
from recexp.attention.position.base import Position
from recexp.attention.residual.base import Residual
from recexp.fusion.base import Fusion


class NOVAMixer(FeatureMixer):
    """softmax(Q K^T / sqrt(E)) V with Q = W_Q r, K = W_K r, V = W_V x, and r = F(x, features and position)."""

    def __init__(self, *, embedding_dim: int, num_heads: int, fusion: Fusion) -> None:
        super().__init__(embedding_dim=embedding_dim, num_heads=num_heads)
        self.fusion = fusion
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.key = nn.Linear(embedding_dim, embedding_dim, bias=False)  # a softmax over keys does not see their bias

    def _fused(self, read: Read) -> Tensor:
        """r, [B, T, D]."""
        fused_RD = self.fusion(read.item_BTD.flatten(0, 1), read.side_BTSD.flatten(0, 1))
        return fused_RD.view(read.item_BTD.shape)

    def queries(self, read: Read, position: Position) -> Tensor:
        return self.in_heads(self.query(self._fused(read)), read.position_BT, position) * self.head_dim**-0.5

    def keys(self, read: Read, position: Position) -> Tensor:
        return self.in_heads(self.key(self._fused(read)), read.position_BT, position)


class NOVAAttention(FeatureTransformer):
    """Non-invasive self-attention (Liu et al., AAAI 2021, eq. 8-12): values come from the item alone, queries and keys
    from the item fused with its features and its position, in every block anew.

    fusion: F, one of the choices of `fusion` (add, concat and gate are published); each block has its own.
    Causal, or from both sides with `objective=cloze` (NOVA-BERT). O(L^2 D) a block.
    """

    def __init__(
        self,
        *,
        embedding_dim: int,
        max_history_len: int,
        dropout: float,
        num_blocks: int,
        num_heads: int,
        position: Callable[..., Position],
        feed_forward: Callable[..., FeedForward],
        residual: Callable[..., Residual],
        fusion: Callable[..., Fusion],
    ) -> None:
        super().__init__(
            embedding_dim=embedding_dim,
            max_history_len=max_history_len,
            dropout=dropout,
            num_blocks=num_blocks,
            num_heads=num_heads,
            position=position,
            feed_forward=feed_forward,
            residual=residual,
        )
        self.new_fusion = fusion

    def new_mixer(self, num_side: int) -> NOVAMixer:
        fusion = self.new_fusion(num_features=num_side, embedding_dim=self.embedding_dim)
        return NOVAMixer(embedding_dim=self.embedding_dim, num_heads=self.num_heads, fusion=fusion)
