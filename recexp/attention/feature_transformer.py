"""A Transformer whose queries and keys read features, and whose values are the items' alone.

Letters: B batch, L history, F features of an item, S side vectors (features and position), H heads, E head size,
X size of a query and a key in one head, D embedding.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Visibility, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.attention.mixer.base import join_heads, split_heads
from recexp.attention.position.base import Position
from recexp.attention.similarity.dot import DotSimilarity
from recexp.attention.transformer import check_heads
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers


class FeatureMixer(nn.Module, ABC):
    """Multi-head softmax attention. A subclass makes queries and keys from vectors of items and side vectors."""

    def __init__(self, *, embedding_dim: int, num_heads: int) -> None:
        super().__init__()
        self.head_dim = embedding_dim // num_heads
        self.value = nn.Linear(embedding_dim, embedding_dim)
        self.out = nn.Linear(embedding_dim, embedding_dim)
        self.similarity = DotSimilarity(dim=self.head_dim)

    @abstractmethod
    def queries_and_keys(self, item_BLD: Tensor, side_BLSD: Tensor, position: Position) -> tuple[Tensor, Tensor]:
        """[B, H, L, X] each; their dot product is the logit, before the bias of the position."""

    def in_heads(self, x_BLD: Tensor, position: Position) -> Tensor:
        """[B, H, L, E], turned by the position where it is one that turns."""
        place_1L = torch.arange(x_BLD.shape[1], device=x_BLD.device).unsqueeze(0)
        return position.rotate(split_heads(x_BLD, self.head_dim), place_1L)

    def forward(self, item_BLD: Tensor, side_BLSD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        context_BHLE = self.similarity.attend(
            *self.queries_and_keys(item_BLD, side_BLSD, position),
            split_heads(self.value(item_BLD), self.head_dim),
            *_mask_and_bias(visibility, position, item_BLD.shape[1]),
        )
        mixed_BLD: Tensor = self.out(join_heads(context_BHLE))
        return mixed_BLD

    def weights(self, item_BLD: Tensor, side_BLSD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        """[B, H, L, L]."""
        query_and_key = self.queries_and_keys(item_BLD, side_BLSD, position)
        return self.similarity.weights(*query_and_key, *_mask_and_bias(visibility, position, item_BLD.shape[1]))


def _mask_and_bias(visibility: Visibility, position: Position, length: int) -> tuple[Tensor | None, Tensor | None]:
    """Of all heads: [B, 1, L, L] and [1, H, L, L]."""
    keep_B1LL = None if visibility.keep_BTL is None else visibility.keep_BTL.unsqueeze(1)
    return keep_B1LL, position.bias(visibility.position_BT, length)


class FeatureBlock(nn.Module):
    """x + mixer(norm(x)), then x + feed_forward(norm(x)), as in the blocks of attention=transformer."""

    def __init__(self, *, embedding_dim: int, hidden_dim: int, dropout: float, mixer: FeatureMixer) -> None:
        super().__init__()
        self.mixer = mixer
        self.feed_forward = nn.Sequential(
            nn.Linear(embedding_dim, hidden_dim), nn.GELU(), nn.Linear(hidden_dim, embedding_dim)
        )
        self.mixer_norm, self.feed_forward_norm = nn.LayerNorm(embedding_dim), nn.LayerNorm(embedding_dim)
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)

    def forward(self, x_BLD: Tensor, side_BLSD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        x_BLD = x_BLD + self.drop(self.mixer(self.mixer_norm(x_BLD), side_BLSD, visibility, position))
        mixed_BLD: Tensor = x_BLD + self.drop(self.feed_forward(self.feed_forward_norm(x_BLD)))
        return mixed_BLD


class FeatureTransformer(Attention):
    """`num_blocks` blocks and a last layer norm. A subclass says how a mixer reads the features.

    The stream of vectors starts as the item's vector: use `fusion=none`, or features enter it as well. Features are the
    same in every block. Positions stand beside the features, for the published models treat them alike.
    Norms lie before the layers, as in attention=transformer, so that a comparison differs in the features alone; the
    published models, which extend BERT4Rec, have them behind.
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
        hidden_dim: int,
        position: Callable[..., Position],
    ) -> None:
        super().__init__()
        check_whole("attention.num_blocks", num_blocks, least=1)
        check_whole("attention.hidden_dim", hidden_dim, least=1)
        check_heads(num_heads, embedding_dim)
        self.embedding_dim, self.hidden_dim, self.dropout = embedding_dim, hidden_dim, dropout
        self.num_blocks, self.num_heads = num_blocks, num_heads
        self.position = position(max_history_len=max_history_len, embedding_dim=embedding_dim, num_heads=num_heads)
        self.norm = nn.LayerNorm(embedding_dim)
        self.drop = nn.Dropout(dropout)
        self.blocks = nn.ModuleList()  # made once the number of features is known

    @abstractmethod
    def new_mixer(self, num_side: int) -> FeatureMixer:
        """Of one block. num_side: S, the features and the position."""

    def add_features(self, num_features: int) -> None:
        self.blocks.extend(
            FeatureBlock(
                embedding_dim=self.embedding_dim,
                hidden_dim=self.hidden_dim,
                dropout=self.dropout,
                mixer=self.new_mixer(num_features + 1),
            )
            for _ in range(self.num_blocks)
        )

    def _side(self, history: History) -> Tensor:
        """side_BLSD: the vectors of the features, and that of the position."""
        assert history.feature_BLFD is not None
        place_1LD = self.position.add(torch.zeros_like(history.item_BLD[:1]))
        place_BL1D = place_1LD.expand_as(history.item_BLD).unsqueeze(2)
        return self.drop(torch.cat([history.feature_BLFD, place_BL1D], dim=2))

    def _until_last_block(self, history: History, side_BLSD: Tensor) -> Tensor:
        x_BLD = self.drop(history.item_BLD)
        visibility = history.visibility(every_position=True)
        for block in list(self.blocks)[:-1]:
            x_BLD = block(x_BLD, side_BLSD, visibility, self.position)
        return x_BLD

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        side_BLSD = self._side(history)
        x_BLD = self._until_last_block(history, side_BLSD)
        x_BLD = self.blocks[-1](x_BLD, side_BLSD, history.visibility(every_position=True), self.position)
        return Contexts(self.norm(x_BLD if every_position else history.at_last(x_BLD)))

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        """The heads of the last block."""
        side_BLSD = self._side(history)
        last = self.blocks[-1]
        assert isinstance(last, FeatureBlock)
        x_BLD = last.mixer_norm(self._until_last_block(history, side_BLSD))
        weight_BHLL = last.mixer.weights(x_BLD, side_BLSD, history.visibility(every_position=True), self.position)
        row_B = torch.arange(len(weight_BHLL), device=weight_BHLL.device)
        return shared_weights(weight_BHLL[row_B, :, history.last_B()])
