"""ACF: the user alone weighs the history.

Letters: B batch, L history, D embedding, A size of the hidden layer.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import Attention, History, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.nn.masking import masked_softmax
from recexp.nn.running_mean import running_softmax_mean


class ACFAttention(Attention):
    """context_t = u + sum over l <= t of a_l P x_l, a = softmax over l <= t of w . ReLU(W_u u + W_x x_l + b).

    The item level of Attentive Collaborative Filtering (Chen et al., SIGIR 2017, eq. 4-6). Neither the candidate nor
    the last item changes the weights. An item has two vectors there, one as a candidate and an auxiliary one in
    histories, and both enter the logit; here the auxiliary vector is P x_l, as the values of the other variants are, so
    that W_x stands for both. Its content vector is part of x_l where `features` are chosen: the component level, which
    weighs regions of an image by the user, is not built. Positions that see the past alone replace the set of all
    items of a user.
    O(L D (D + A)) a history: the logit of an item is the same at every position.
    """

    needs_user = True

    def __init__(self, *, embedding_dim: int, hidden_dim: int, dropout: float) -> None:
        super().__init__()
        check_whole("attention.hidden_dim", hidden_dim, least=1)
        self.user = nn.Linear(embedding_dim, hidden_dim)
        self.item = nn.Linear(embedding_dim, hidden_dim, bias=False)
        self.out = nn.Linear(hidden_dim, 1, bias=False)
        self.value = nn.Linear(embedding_dim, embedding_dim, bias=False)
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)

    def _logits(self, history: History) -> Tensor:
        """logit_BL1 of the items."""
        assert history.user_BD is not None
        hidden_BLA = F.relu(self.user(history.user_BD).unsqueeze(1) + self.item(history.item_BLD))
        logit_BL1: Tensor = self.out(hidden_BLA)
        return logit_BL1

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        assert history.user_BD is not None
        value_BLD = self.value(history.item_BLD)
        pooled_BLD = running_softmax_mean(self._logits(history).expand_as(value_BLD), value_BLD)
        context_BLD = history.user_BD.unsqueeze(1) + self.drop(pooled_BLD)
        return Contexts(context_BLD if every_position else history.at_last(context_BLD))

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        return shared_weights(masked_softmax(self._logits(history).mT, history.keep_BL().unsqueeze(1)))
