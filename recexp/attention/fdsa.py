"""FDSA: one encoder reads the items, another one their features.

Letters: B batch, L history, T query positions, F features of an item, D embedding.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import Attention, History, Weights, contexts_of
from recexp.attention.encoded import Contexts
from recexp.nn.embedding import init_linear_layers


class FDSAAttention(Attention):
    """context_t = W [I(x)_t; G(f)_t] + b,  f_l = sum over the features k of a_lk f_lk,
    a_l = softmax over k of w . ReLU(V f_lk + c).

    Feature-level deeper self-attention (Zhang et al., IJCAI 2019, eq. 2-9). I and G are Transformers of their own, one
    over the items and one over their features. The weights of the features are numbers, as in the authors' later code;
    in eq. 2 each element of a vector has its own. Use `fusion=none`, or features enter the item's vector as well.
    item_encoder, feature_encoder: I and G. The time of both, and O(L F D^2).
    """

    needs_features = True

    def __init__(self, *, embedding_dim: int, item_encoder: Attention, feature_encoder: Attention) -> None:
        super().__init__()
        self.item_encoder, self.feature_encoder = item_encoder, feature_encoder
        self.needs_user = item_encoder.needs_user or feature_encoder.needs_user
        self.needs_time = item_encoder.needs_time or feature_encoder.needs_time
        self.bidirectional = item_encoder.bidirectional and feature_encoder.bidirectional
        self.hidden = nn.Linear(embedding_dim, embedding_dim)
        self.out = nn.Linear(embedding_dim, 1, bias=False)
        self.output = nn.Linear(2 * embedding_dim, embedding_dim)
        for layer in (self.hidden, self.out, self.output):
            init_linear_layers(layer)

    def _of_features(self, history: History) -> History:
        """The history in which each item is the weighted mean of its features."""
        feature_BLFD = history.feature_BLFD
        assert feature_BLFD is not None
        weight_BLF1 = self.out(F.relu(self.hidden(feature_BLFD))).softmax(dim=2)
        return history._replace(item_BLD=(weight_BLF1 * feature_BLFD).sum(dim=2))

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        item_BTD = contexts_of(self.item_encoder, history, every_position=every_position)
        feature_BTD = contexts_of(self.feature_encoder, self._of_features(history), every_position=every_position)
        return Contexts(self.output(torch.cat([item_BTD, feature_BTD], dim=-1)))

    def weights(self, history: History, item_CD: Tensor) -> Weights | None:
        """Those of the encoder of the items."""
        return self.item_encoder.weights(history, item_CD)
