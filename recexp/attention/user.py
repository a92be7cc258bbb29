"""User side: the user, and what they took last, weighted_loss the history."""

from collections.abc import Callable

from torch import Tensor, nn

from recexp.attention.base import Attention, History, at_last
from recexp.attention.similarity.base import Similarity
from recexp.nn.embedding import PositionEmbedding, init_linear_layers


class UserAttention(Attention):
    """query_t = u (+ x_t with `last_item`); context_t = query_t + sum over l <= t of a(l | t) V x_l.

    Long-term taste weighs the items as in ACF (Chen et al., SIGIR 2017) and SHAN (Ying et al., IJCAI 2018, eq. 2-4);
    with `last_item` the current interest asks too, as in STAMP (Liu et al., KDD 2018). Keys carry their position.
    """

    needs_user = True

    def __init__(
        self,
        *,
        embedding_dim: int,
        max_history_len: int,
        dropout: float,
        last_item: bool,
        similarity: Callable[..., Similarity],
    ) -> None:
        super().__init__()
        self.last_item = last_item
        self.position = PositionEmbedding(max_history_len=max_history_len, embedding_dim=embedding_dim)
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.key = nn.Linear(embedding_dim, embedding_dim)
        self.value = nn.Linear(embedding_dim, embedding_dim)
        self.norm = nn.LayerNorm(embedding_dim)
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)
        self.similarity = similarity(dim=embedding_dim)

    def _ask(self, history: History, every_position: bool) -> Tensor:
        assert history.user_BD is not None
        user_B1D = history.user_BD.unsqueeze(1)
        if self.last_item:
            return user_B1D + (history.item_BLD if every_position else at_last(history.item_BLD, history))
        return user_B1D.expand(-1, history.item_BLD.shape[1] if every_position else 1, -1)

    def _keys(self, history: History) -> Tensor:
        return self.key(history.item_BLD + self.position(history.item_BLD.shape[1]))

    def forward(self, history: History, *, every_position: bool) -> Tensor:
        asked_BTD = self._ask(history, every_position)
        keep_BTL = None if every_position else history.keep_BL().unsqueeze(1)
        pooled_BTD = self.similarity.attend(
            self.query(asked_BTD), self._keys(history), self.value(history.item_BLD), keep_BTL
        )
        return self.norm(asked_BTD + self.drop(pooled_BTD))

    def weights(self, history: History, item_CD: Tensor) -> Tensor:
        query_B1D = self.query(self._ask(history, every_position=False))
        return self.similarity.weights(query_B1D, self._keys(history), history.keep_BL().unsqueeze(1)).squeeze(1)
