"""DIN's activation unit: a network over query, key, their difference and their product."""

from torch import Tensor, nn

from recexp.attention.similarity.base import Similarity
from recexp.checks import check_whole
from recexp.nn.dice import Dice
from recexp.nn.embedding import init_linear_layers
from recexp.nn.pairwise import product_layer


class ActivationUnitSimilarity(Similarity):
    """f(q, k) = h . Dice(W [q; k; q - k; q * k] + b) (Zhou et al., KDD 2018, figure 2).

    Dice is that of `recexp.nn.dice`, which does not look at the other rows of a batch (T17).
    hidden_dim: size A of the hidden layer; each logit needs A intermediate elements. W is split by its four inputs, so
    that no [T, L, 4 D] tensor is built: W_1 q + W_2 k + W_3 (q - k) = (W_1 + W_3) q + (W_2 - W_3) k.
    """

    def __init__(self, *, dim: int, hidden_dim: int) -> None:
        super().__init__()
        check_whole("attention.similarity.hidden_dim", hidden_dim, least=1)
        self.width = hidden_dim
        self.query = nn.Linear(dim, hidden_dim)
        self.key = nn.Linear(dim, hidden_dim, bias=False)
        self.difference = nn.Linear(dim, hidden_dim, bias=False)
        self.product = nn.Linear(dim, hidden_dim, bias=False)
        self.dice = Dice(units=hidden_dim)
        self.out = nn.Linear(hidden_dim, 1, bias=False)
        init_linear_layers(self)

    def forward(self, query_TD: Tensor, key_LD: Tensor) -> Tensor:
        query_TA = self.query(query_TD) + self.difference(query_TD)
        key_LA = self.key(key_LD) - self.difference(key_LD)
        hidden_TAL = product_layer(query_TD, key_LD, self.product.weight)
        hidden_TAL = hidden_TAL + query_TA.unsqueeze(-1) + key_LA.mT.unsqueeze(-3)
        return (self.dice(hidden_TAL) * self.out.weight.mT).sum(dim=-2)
