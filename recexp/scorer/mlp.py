"""A one-hidden-layer network over context, candidate and their product."""

from torch import Tensor, nn
from torch.nn import functional as F

from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.scorer.base import Scorer


class MLPScorer(Scorer):
    """s(x, q) = h . ReLU(W [x; q; x * q] + b), NeuMF's two paths in one layer (He et al., WWW 2017, eq. 12).

    hidden_dim: size A of the hidden layer. The first layer is split by its three inputs, so that no
    [T, C, 3 D] tensor is built; each score needs A intermediate elements.
    """

    linear = False

    def __init__(self, *, dim: int, hidden_dim: int) -> None:
        super().__init__()
        check_whole("scorer.hidden_dim", hidden_dim, least=1)
        self.width = hidden_dim
        self.context = nn.Linear(dim, hidden_dim)
        self.item = nn.Linear(dim, hidden_dim, bias=False)
        self.product = nn.Linear(dim, hidden_dim, bias=False)
        self.out = nn.Linear(hidden_dim, 1, bias=False)
        init_linear_layers(self)

    def forward(self, context_RTD: Tensor, item_CD: Tensor) -> Tensor:
        scaled_ATD = context_RTD.unsqueeze(-3) * self.product.weight.unsqueeze(-2)
        hidden_ATC = scaled_ATD @ item_CD.unsqueeze(-3).mT
        hidden_ATC = hidden_ATC + self.context(context_RTD).mT.unsqueeze(-1) + self.item(item_CD).mT.unsqueeze(-2)
        return (F.relu(hidden_ATC) * self.out.weight[0][:, None, None]).sum(dim=-3)

    def paired(self, context_D: Tensor, item_D: Tensor) -> Tensor:
        hidden_A = self.context(context_D) + self.item(item_D) + self.product(context_D * item_D)
        return self.out(F.relu(hidden_A)).squeeze(-1)
