"""A gated linear unit."""

from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.feed_forward.base import FeedForward
from recexp.checks import check_share, check_whole
from recexp.nn.embedding import init_linear_layers


class SwiGLUFeedForward(FeedForward):
    """W_2 (SiLU(W_1 x) * W_3 x), without biases (Shazeer, 2020, arXiv 2002.05202, eq. 6). O(L D hidden_dim).

    dropout: probability to drop an element of the hidden layer.
    """

    def __init__(self, *, embedding_dim: int, hidden_dim: int, dropout: float) -> None:
        super().__init__()
        check_whole("attention.feed_forward.hidden_dim", hidden_dim, least=1)
        check_share("attention.feed_forward.dropout", dropout)
        self.gate = nn.Linear(embedding_dim, hidden_dim, bias=False)
        self.up = nn.Linear(embedding_dim, hidden_dim, bias=False)
        self.drop = nn.Dropout(dropout)
        self.down = nn.Linear(hidden_dim, embedding_dim, bias=False)
        init_linear_layers(self)

    def forward(self, x_BTD: Tensor) -> Tensor:
        out_BTD: Tensor = self.down(self.drop(F.silu(self.gate(x_BTD)) * self.up(x_BTD)))
        return out_BTD
