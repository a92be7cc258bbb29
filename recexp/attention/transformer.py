"""Transformer: causal multi-head self-attention over the history.

Letters: B batch, L history, T positions, D embedding, H heads, E head size.
"""

from collections.abc import Callable
from typing import cast

from torch import Tensor, nn

from recexp.attention.base import Attention, History, at_last
from recexp.attention.similarity.base import Similarity
from recexp.attention.transformer_block import NORM_PLACES, TransformerBlock
from recexp.checks import check_share, check_whole
from recexp.errors import ConfigError
from recexp.nn.embedding import PositionEmbedding


class TransformerAttention(Attention):
    """SASRec (Kang & McAuley, ICDM 2018): positions, `num_blocks` causal blocks, and a last layer norm."""

    def __init__(
        self,
        *,
        embedding_dim: int,
        max_history_len: int,
        dropout: float,
        num_blocks: int,
        num_heads: int,
        hidden_dim: int,
        norm: str,
        activation: Callable[[], nn.Module],
        attention_dropout: float,
        similarity: Callable[..., Similarity],
    ) -> None:
        super().__init__()
        check_whole("attention.num_blocks", num_blocks, least=1)
        check_whole("attention.hidden_dim", hidden_dim, least=1)
        check_share("attention.attention_dropout", attention_dropout)
        if norm not in NORM_PLACES:
            raise ConfigError(f"attention.norm: got {norm!r}, expected one of {sorted(NORM_PLACES)}")
        self.position = PositionEmbedding(max_history_len=max_history_len, embedding_dim=embedding_dim)
        self.blocks = nn.ModuleList(
            TransformerBlock(
                embedding_dim=embedding_dim,
                num_heads=num_heads,
                hidden_dim=hidden_dim,
                dropout=dropout,
                attention_dropout=attention_dropout,
                norm=norm,
                activation=activation(),
                similarity=similarity,
            )
            for _ in range(num_blocks)
        )
        self.norm = nn.LayerNorm(embedding_dim) if norm == "pre" else nn.Identity()
        self.drop = nn.Dropout(dropout)

    def _enter(self, history: History) -> Tensor:
        return self.drop(history.item_BLD + self.position(history.item_BLD.shape[1]))

    def _until_last_block(self, history: History) -> Tensor:
        x_BLD = self._enter(history)
        for block in list(self.blocks)[:-1]:
            x_BLD = block(x_BLD)
        return x_BLD

    def forward(self, history: History, *, every_position: bool) -> Tensor:
        x_BLD = self._until_last_block(history)
        last = cast(TransformerBlock, self.blocks[-1])
        if every_position:
            return self.norm(last(x_BLD))
        return self.norm(last.at(at_last(x_BLD, history), x_BLD, history.keep_BL()[:, None, None]))

    def weights(self, history: History, item_CD: Tensor) -> Tensor:
        """[B, H, L]: the heads of the last block at the newest position."""
        x_BLD = self._until_last_block(history)
        last = cast(TransformerBlock, self.blocks[-1])
        return last.weights(at_last(x_BLD, history), x_BLD, history.keep_BL()[:, None, None]).squeeze(2)
