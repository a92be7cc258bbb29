"""Two linear layers with an activation between them."""

from collections.abc import Callable

from torch import Tensor, nn

from recexp.attention.feed_forward.base import FeedForward
from recexp.checks import check_share, check_whole
from recexp.nn.embedding import init_linear_layers


class MLPFeedForward(FeedForward):
    """W_2 activation(W_1 x + b_1) + b_2 (Vaswani et al., NeurIPS 2017, eq. 2). O(L D hidden_dim).

    dropout: probability to drop an element of the hidden layer.
    """

    def __init__(
        self, *, embedding_dim: int, hidden_dim: int, activation: Callable[[], nn.Module], dropout: float
    ) -> None:
        super().__init__()
        check_whole("attention.feed_forward.hidden_dim", hidden_dim, least=1)
        check_share("attention.feed_forward.dropout", dropout)
        self.up, self.activation = nn.Linear(embedding_dim, hidden_dim), activation()
        self.drop = nn.Dropout(dropout)
        self.down = nn.Linear(hidden_dim, embedding_dim)
        init_linear_layers(self)

    def forward(self, x_BTD: Tensor) -> Tensor:
        out_BTD: Tensor = self.down(self.drop(self.activation(self.up(x_BTD))))
        return out_BTD
