"""A Transformer whose queries and keys read features, and whose values are the items' alone.

Letters: B batch, L history, T query positions, S side vectors of a position (features and place), H heads, D embedding.
"""

from abc import abstractmethod
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Visibility, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.attention.feature_mixer import FeatureMixer, Read
from recexp.attention.feed_forward.base import FeedForward
from recexp.attention.position.base import Position
from recexp.attention.residual.base import Residual
from recexp.attention.transformer import check_heads
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers


class FeatureBlock(nn.Module):
    """A mixer and a feed-forward layer, as in a `TransformerBlock`; the side vectors reach the mixer as they are."""

    def __init__(self, *, mixer: FeatureMixer, feed_forward: FeedForward, residual: Callable[[], Residual]) -> None:
        super().__init__()
        self.mixer, self.mixer_residual = mixer, residual()
        self.feed_forward: FeedForward | None = None
        if not feed_forward.identity:
            self.feed_forward, self.feed_forward_residual = feed_forward, residual()

    def forward(self, query: Read, memory: Read, visibility: Visibility, position: Position) -> Tensor:
        """The block's output at the query positions, [B, T, D]."""
        read, read_memory = self._read(query, memory)
        mixed_BTD = self.mixer(read, read_memory, visibility, position)
        x_BTD = self.mixer_residual.join(query.item_BTD, read.item_BTD, mixed_BTD)
        if self.feed_forward is None:
            return x_BTD
        read_BTD = self.feed_forward_residual.read(x_BTD)
        return self.feed_forward_residual.join(x_BTD, read_BTD, self.feed_forward(read_BTD))

    def weights(self, query: Read, memory: Read, visibility: Visibility, position: Position) -> Tensor:
        """[B, H, T, L]."""
        return self.mixer.weights(*self._read(query, memory), visibility, position)

    def _read(self, query: Read, memory: Read) -> tuple[Read, Read]:
        """What the mixer reads, query and memory."""
        read_BTD = self.mixer_residual.read(query.item_BTD)
        read_BLD = self.mixer_residual.read_memory(query.item_BTD, memory.item_BTD, read_BTD)
        return query._replace(item_BTD=read_BTD), memory._replace(item_BTD=read_BLD)


class FeatureTransformer(Attention):
    """`num_blocks` blocks, and a last layer norm where the residual leaves one to do. A subclass makes the mixers.

    The stream of vectors starts as the item's vector: use `fusion=none`, or features enter it as well. Features are the
    same in every block. The vector of a position stands beside those of the features, as in the published models.
    """

    needs_features = True
    bidirectional = True

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
    ) -> None:
        super().__init__()
        check_whole("attention.num_blocks", num_blocks, least=1)
        check_heads(num_heads, embedding_dim)
        self.embedding_dim, self.num_blocks, self.num_heads = embedding_dim, num_blocks, num_heads
        self.position = position(max_history_len=max_history_len, embedding_dim=embedding_dim, num_heads=num_heads)
        self.new_feed_forward = partial(feed_forward, embedding_dim=embedding_dim)
        self.new_residual = partial(residual, embedding_dim=embedding_dim, dropout=dropout)
        self.norm = nn.LayerNorm(embedding_dim) if self.new_residual().last_norm else nn.Identity()
        self.drop = nn.Dropout(dropout)
        self.blocks = nn.ModuleList()  # made once the number of features is known

    @abstractmethod
    def new_mixer(self, num_side: int) -> FeatureMixer:
        """Of one block. num_side: S, the features and the place."""

    def add_features(self, num_features: int) -> None:
        for _ in range(self.num_blocks):
            mixer = self.new_mixer(num_features + 1)
            init_linear_layers(mixer)
            block = FeatureBlock(mixer=mixer, feed_forward=self.new_feed_forward(), residual=self.new_residual)
            self.blocks.append(block)

    def _whole(self, history: History) -> Read:
        """What the first block reads, at every position."""
        assert history.feature_BLFD is not None
        place_1LD = self.position.add(torch.zeros_like(history.item_BLD[:1]))
        place_BL1D = place_1LD.expand_as(history.item_BLD).unsqueeze(2)
        return Read(
            item_BTD=self.drop(history.item_BLD),
            side_BTSD=self.drop(torch.cat([history.feature_BLFD, place_BL1D], dim=2)),
            position_BT=history.visibility(every_position=True).position_BT,
        )

    def _until_last_block(self, history: History) -> Read:
        """What the last block reads, at every position."""
        read, visibility = self._whole(history), history.visibility(every_position=True)
        for block in list(self.blocks)[:-1]:
            read = read._replace(item_BTD=block(read, read, visibility, self.position))
        return read

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        memory = self._until_last_block(history)
        query = memory if every_position else _newest(memory, history)
        visibility = history.visibility(every_position=every_position)
        return Contexts(self.norm(self.blocks[-1](query, memory, visibility, self.position)))

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        """The heads of the last block."""
        memory = self._until_last_block(history)
        last = self.blocks[-1]
        assert isinstance(last, FeatureBlock)
        visibility = history.visibility(every_position=False)
        return shared_weights(last.weights(_newest(memory, history), memory, visibility, self.position).squeeze(2))


def _newest(read: Read, history: History) -> Read:
    """At the newest position of each row alone."""
    side_B1SD = history.at_last(read.side_BTSD.flatten(2)).unflatten(2, read.side_BTSD.shape[2:])
    return Read(history.at_last(read.item_BTD), side_B1SD, history.last_B().unsqueeze(1))
