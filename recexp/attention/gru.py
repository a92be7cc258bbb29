"""A recurrent network instead of attention: what attention adds to a sequence is measured against this.

Letters: B batch, L history, D embedding.
"""

from torch import nn

from recexp.attention.base import Attention, History
from recexp.attention.encoded import Contexts
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers


class GRUAttention(Attention):
    """context_t = W h_t, where h_t is the state of a gated recurrent unit that has read x_1 ... x_t.

    The encoder of GRU4Rec (Hidasi et al., ICLR 2016). It is a choice of `attention`, and no recommender of
    its own, so that objective, windows, scorer and loss are those of the models it is compared with; GRU4Rec's own
    session-parallel batches and its TOP1 loss are not rebuilt. It has no attention weights.
    Position t sees x_1 ... x_t alone, and reads no padding, which lies to the right. O(L D hidden_dim) time, one
    position after the other.
    """

    def __init__(self, *, embedding_dim: int, hidden_dim: int, num_layers: int, dropout: float) -> None:
        super().__init__()
        check_whole("attention.hidden_dim", hidden_dim, least=1)
        check_whole("attention.num_layers", num_layers, least=1)
        self.drop = nn.Dropout(dropout)
        between_layers = dropout if num_layers > 1 else 0.0
        self.gru = nn.GRU(embedding_dim, hidden_dim, num_layers, batch_first=True, dropout=between_layers)
        self.output = nn.Linear(hidden_dim, embedding_dim)
        init_linear_layers(self.output)

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        state_BLH, _ = self.gru(self.drop(history.item_BLD))
        context_BLD = self.output(self.drop(state_BLH))
        return Contexts(context_BLD if every_position else history.at_last(context_BLD))
