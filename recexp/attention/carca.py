"""CARCA: the candidate weighs a profile that self-attention has made of the history.

Letters: B batch, L history, C candidates, D embedding.
"""

from torch import Tensor

from recexp.attention.base import Attention, History, Weights, contexts_of
from recexp.attention.item import ItemAttention
from recexp.attention.memory import Memory
from recexp.errors import ConfigError


class CARCAAttention(Attention):
    """p_1, ..., p_L = F(x_1, ..., x_L), then cross-attention with the candidate as the query:

        context(c, t) = sum over heads h and positions l <= t of a_h(l, c) V_h p_l,
        a_h(., c) = softmax over l <= t of (K_h p_l) . (Q_h q_c) / sqrt(E)

    Context and attribute aware sequential recommendation via cross-attention (Rashed et al., RecSys 2022). F is the
    encoder, a Transformer without positions; `target` is the cross-attention. The published code multiplies the
    context by q_c and takes a linear layer, sum over d of w_d q_cd context_d. This is `scorer=dot`, with w in V: the
    score is linear in the context, and all positions share one running softmax, as in `attention=item`.

    Two differences matter. F is causal here, and a position attends to the profile up to itself; the published code
    masks neither, so that in training the item to be predicted is in its own profile. Two are small: K, Q and V of
    the cross-attention have no leaky ReLU, and the residuals of F are added, not multiplied. Attributes of items are
    fused into their vectors (`features`, `fusion`); the context of an interaction is read with the items of the
    history and never with a candidate (T29).
    The time of F; then a candidate costs O(H L D) for all positions of a history together.
    """

    def __init__(self, *, encoder: Attention, target: Attention) -> None:
        super().__init__()
        if not isinstance(target, ItemAttention):
            raise ConfigError(
                f"attention.target: got {type(target).__name__}, expected attention@attention.target=item, in which "
                "each candidate weighs the items of the history"
            )
        self.encoder, self.target = encoder, target
        self.needs_user, self.needs_features = encoder.needs_user, encoder.needs_features
        self.needs_time = encoder.needs_time or target.needs_time

    def encode(self, history: History, *, every_position: bool) -> Memory:
        return self.target.encode(self._profile(history), every_position=every_position)

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        """Of the cross-attention."""
        return self.target.weights(self._profile(history), item_CD)

    def _profile(self, history: History) -> History:
        """What the candidate weighs: F at every position, in ranking too."""
        return history._replace(item_BLD=contexts_of(self.encoder, history, every_position=True))
