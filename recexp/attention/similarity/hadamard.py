"""A one-layer network over the elementwise product of query and key."""

from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.similarity.base import Similarity
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.nn.pairwise import product_layer


class HadamardSimilarity(Similarity):
    """f(q, k) = h . ReLU(W (q * k) + b): the attention of AFM (Xiao et al., IJCAI 2017, eq. 5) and NAIS-prod.

    hidden_dim: size A of the hidden layer; each logit needs A intermediate elements.
    """

    def __init__(self, *, dim: int, hidden_dim: int) -> None:
        super().__init__()
        check_whole("attention.similarity.hidden_dim", hidden_dim, least=1)
        self.width = hidden_dim
        self.hidden = nn.Linear(dim, hidden_dim)
        self.out = nn.Linear(hidden_dim, 1, bias=False)
        init_linear_layers(self)

    def forward(self, query_TD: Tensor, key_LD: Tensor) -> Tensor:
        hidden_TAL = product_layer(query_TD, key_LD, self.hidden.weight) + self.hidden.bias.unsqueeze(-1)
        return (F.relu(hidden_TAL) * self.out.weight.mT).sum(dim=-2)
