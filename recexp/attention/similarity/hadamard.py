"""A one-layer network over the elementwise product of query and key."""

from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.similarity.base import Similarity
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers


class HadamardSimilarity(Similarity):
    """f(q, k) = h . ReLU(W (q * k) + b): the attention of AFM (Xiao et al., IJCAI 2017, eq. 5) and NAIS-prod.

    hidden_dim: size A of the hidden layer. W (q * k) = (W diag(k)) q, so the products of all pairs are A matrix
    products and no [T, L, D] tensor is built; each logit needs A intermediate elements.
    """

    def __init__(self, *, dim: int, hidden_dim: int) -> None:
        super().__init__()
        check_whole("attention.similarity.hidden_dim", hidden_dim, least=1)
        self.width = hidden_dim
        self.hidden = nn.Linear(dim, hidden_dim)
        self.out = nn.Linear(hidden_dim, 1, bias=False)
        init_linear_layers(self)

    def forward(self, query_TD: Tensor, key_LD: Tensor) -> Tensor:
        key_ALD = key_LD.unsqueeze(-3) * self.hidden.weight.unsqueeze(-2)
        hidden_ATL = query_TD.unsqueeze(-3) @ key_ALD.mT + self.hidden.bias[:, None, None]
        return (F.relu(hidden_ATL) * self.out.weight[0][:, None, None]).sum(dim=-3)
