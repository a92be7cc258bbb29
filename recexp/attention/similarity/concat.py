"""A one-layer network over query and key side by side."""

from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.similarity.base import Similarity
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers


class ConcatSimilarity(Similarity):
    """f(q, k) = h . ReLU(W [q; k] + b): the attention of NAIS-concat (He et al., TKDE 2018).

    hidden_dim: size A of the hidden layer; each logit needs A intermediate elements. W is split by its two inputs, so
    that no [T, L, 2 D] tensor is built. `additive` is the same with tanh.
    """

    def __init__(self, *, dim: int, hidden_dim: int) -> None:
        super().__init__()
        check_whole("attention.similarity.hidden_dim", hidden_dim, least=1)
        self.width = hidden_dim
        self.query = nn.Linear(dim, hidden_dim)
        self.key = nn.Linear(dim, hidden_dim, bias=False)
        self.out = nn.Linear(hidden_dim, 1, bias=False)
        init_linear_layers(self)

    def forward(self, query_TD: Tensor, key_LD: Tensor) -> Tensor:
        hidden_TAL = self.query(query_TD).unsqueeze(-1) + self.key(key_LD).mT.unsqueeze(-3)
        return (F.relu(hidden_TAL) * self.out.weight.mT).sum(dim=-2)
