"""A one-layer network over the sum of query and key."""

import torch
from torch import Tensor, nn

from recexp.attention.similarity.base import Similarity
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers


class AdditiveSimilarity(Similarity):
    """f(q, k) = v . tanh(W q + U k + b) (Bahdanau et al., ICLR 2015, appendix A.1.2).

    hidden_dim: size A of the hidden layer; each logit needs A intermediate elements.
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
        hidden_TLA = torch.tanh(self.query(query_TD).unsqueeze(-2) + self.key(key_LD).unsqueeze(-3))
        return self.out(hidden_TLA).squeeze(-1)
