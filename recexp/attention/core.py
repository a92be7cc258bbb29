"""CORE: an encoder of the sequence decides the weights, and the context is a mean of item vectors.

Letters: B batch, L history, D embedding.
"""

from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights, contexts_of, shared_weights
from recexp.attention.encoded import Contexts
from recexp.nn.embedding import init_linear_layers
from recexp.nn.masking import masked_softmax
from recexp.nn.running_mean import running_softmax_mean


class COREAttention(Attention):
    """context_t = sum over l <= t of a_l x_l, a = softmax over l <= t of w . F(x)_l.

    Representation-consistent encoder (Hou et al., SIGIR 2022, eq. 3-7): the context is in the space of the item
    vectors, and `scorer=cosine` compares it with them (eq. 9). encoder: F, the attention whose contexts decide the
    weights; a Transformer as published. F is causal as in the authors' code. The logit of an item is then the same at
    every later position, and one pass serves all of them. No user's vector, unless F reads it.
    O(L D) beside F.
    """

    def __init__(self, *, embedding_dim: int, encoder: Attention) -> None:
        super().__init__()
        self.encoder = encoder
        self.needs_user, self.needs_time = encoder.needs_user, encoder.needs_time
        self.needs_features = encoder.needs_features
        self.logit = nn.Linear(embedding_dim, 1, bias=False)
        init_linear_layers(self.logit)

    def _logits(self, history: History) -> Tensor:
        """logit_BL1 of the items."""
        logit_BL1: Tensor = self.logit(contexts_of(self.encoder, history, every_position=True))
        return logit_BL1

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        item_BLD = history.item_BLD
        context_BLD = running_softmax_mean(self._logits(history).expand_as(item_BLD), item_BLD)
        return Contexts(context_BLD if every_position else history.at_last(context_BLD))

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        return shared_weights(masked_softmax(self._logits(history).mT, history.keep_BL().unsqueeze(1)))
