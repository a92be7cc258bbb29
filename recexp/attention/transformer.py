"""Transformer: blocks of multi-head self-attention over the history, causal or from both sides.

Letters: B batch, L history, D embedding.
"""

from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any

from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.attention.feed_forward.base import FeedForward
from recexp.attention.mixer.base import Mixer
from recexp.attention.position.base import Position
from recexp.attention.residual.base import Residual
from recexp.attention.similarity.base import Similarity
from recexp.attention.time.base import Time
from recexp.attention.transformer_block import TransformerBlock
from recexp.checks import check_whole
from recexp.errors import ConfigError


class TransformerAttention(Attention):
    """Positions, `num_blocks` blocks, and a last layer norm where the residual leaves one to do.

    With the next item as objective, SASRec (Kang & McAuley, ICDM 2018); with cloze, BERT4Rec (Sun et al., CIKM 2019).
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
        mixer: Callable[..., Mixer],
        feed_forward: Callable[..., FeedForward],
        residual: Callable[..., Residual],
        time: Callable[..., Time],
        similarity: Callable[..., Similarity] | None = None,
    ) -> None:
        super().__init__()
        check_whole("attention.num_blocks", num_blocks, least=1)
        check_heads(num_heads, embedding_dim)
        self.position = position(max_history_len=max_history_len, embedding_dim=embedding_dim, num_heads=num_heads)
        self.time = time(num_heads=num_heads)
        new_mixer = partial(
            mixer,
            embedding_dim=embedding_dim,
            **with_sizes(mixer, num_heads=num_heads, max_history_len=max_history_len),
            **with_similarity(mixer, similarity),
        )
        blocks = [
            TransformerBlock(
                mixer=new_mixer(),
                feed_forward=feed_forward(embedding_dim=embedding_dim),
                residual=partial(residual, embedding_dim=embedding_dim, dropout=dropout),
            )
            for _ in range(num_blocks)
        ]
        check_position(self.position, blocks[0].mixer)
        self.bidirectional = blocks[0].mixer.bidirectional
        check_time(self.time, blocks[0].mixer)
        self.needs_time = self.time.needs_time or blocks[0].mixer.needs_time
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(embedding_dim) if blocks[0].mixer_residual.last_norm else nn.Identity()
        self.drop = nn.Dropout(dropout)

    def _until_last_block(self, history: History) -> Tensor:
        x_BLD = self.drop(self.position.add(history.item_BLD))
        visibility = self.time(history.visibility(every_position=True))
        for block in list(self.blocks)[:-1]:
            x_BLD = block(x_BLD, x_BLD, visibility, self.position)
        return x_BLD

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        x_BLD = self._until_last_block(history)
        query_BTD = x_BLD if every_position else history.at_last(x_BLD)
        visibility = self.time(history.visibility(every_position=every_position))
        return Contexts(self.norm(self.blocks[-1](query_BTD, x_BLD, visibility, self.position)))

    def weights(self, history: History, item_CD: Tensor) -> Weights | None:
        """The heads of the last block."""
        x_BLD = self._until_last_block(history)
        last = self.blocks[-1]
        assert isinstance(last, TransformerBlock)
        visibility = self.time(history.visibility(every_position=False))
        weight_BH1L = last.weights(history.at_last(x_BLD), x_BLD, visibility, self.position)
        return None if weight_BH1L is None else shared_weights(weight_BH1L.squeeze(2))


def check_heads(num_heads: int, embedding_dim: int) -> None:
    """Raises ConfigError unless the heads share the embedding evenly."""
    if num_heads < 1 or embedding_dim % num_heads:
        raise ConfigError(
            f"attention.num_heads: got {num_heads}, expected a divisor of embedding_dim ({embedding_dim})"
        )


def check_position(position: Position, mixer: Mixer) -> None:
    """Raises ConfigError for a position that the mixer would leave out without a word."""
    if position.relative and not mixer.relative_positions:
        raise ConfigError(
            f"attention/position: got {type(position).__name__}, which compares positions of query and key; "
            f"{type(mixer).__name__} does not. Choose learned, sinusoidal or none"
        )


def check_time(time: Time, mixer: Mixer) -> None:
    """Raises ConfigError for a time that the mixer would leave out without a word."""
    if time.needs_time and not mixer.time_bias:
        raise ConfigError(
            f"attention/time: got {type(time).__name__}, which adds to the logits by the time between items; "
            f"{type(mixer).__name__} adds nothing to its own. Choose attention/time=none or attention/mixer=softmax"
        )


def with_sizes(mixer: Callable[..., Mixer], *, num_heads: int, max_history_len: int) -> dict[str, int]:
    """Those of the two arguments that a mixer takes."""
    sizes = {"num_heads": num_heads, "max_history_len": max_history_len}
    return {name: size for name, size in sizes.items() if name in signature(mixer).parameters}


def with_similarity(mixer: Callable[..., Mixer], similarity: Callable[..., Similarity] | None) -> dict[str, Any]:
    """The argument `similarity`, for a mixer that takes one. Raises ConfigError where one is missing or too many."""
    takes_one = "similarity" in signature(mixer).parameters
    if takes_one and similarity is None:
        raise ConfigError("attention/similarity: got none, expected one: this attention/mixer compares vectors")
    if similarity is not None and not takes_one:
        raise ConfigError(
            "attention/similarity: this attention/mixer has no similarity; leave it out with ~attention/similarity"
        )
    return {"similarity": similarity} if takes_one else {}
