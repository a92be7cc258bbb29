"""User side: the user, and the item they took last, weigh the history.

Letters: B batch, L history, T query positions, D embedding.
"""

from collections.abc import Callable

from torch import Tensor, nn

from recexp.attention.base import Attention, History, Visibility, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.attention.mixer.base import logit_bias
from recexp.attention.position.base import Position
from recexp.attention.similarity.base import Similarity
from recexp.attention.time.base import Time
from recexp.errors import ConfigError
from recexp.nn.embedding import init_linear_layers


class UserAttention(Attention):
    """query_t = u (+ x_t with `last_item`); context_t = query_t + sum over l <= t of a(l | t) V x_l.

    The user's long-term taste weighs the items as in ACF (Chen et al., SIGIR 2017) and SHAN (Ying et al., IJCAI 2018,
    eq. 2-4); with `last_item` the current interest joins the query, as in STAMP (Liu et al., KDD 2018).
    user: false leaves the user's vector out, which shows what it is worth.
    """

    def __init__(
        self,
        *,
        embedding_dim: int,
        max_history_len: int,
        dropout: float,
        user: bool,
        last_item: bool,
        position: Callable[..., Position],
        time: Callable[..., Time],
        similarity: Callable[..., Similarity],
    ) -> None:
        super().__init__()
        if not (user or last_item):
            raise ConfigError("attention.user, attention.last_item: got false twice, expected one of them for a query")
        self.needs_user, self.last_item = user, last_item
        self.position = position(max_history_len=max_history_len, embedding_dim=embedding_dim, num_heads=1)
        self.time = time(num_heads=1)
        self.needs_time = self.time.needs_time
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.key = nn.Linear(embedding_dim, embedding_dim)
        self.value = nn.Linear(embedding_dim, embedding_dim)
        self.norm = nn.LayerNorm(embedding_dim)
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self)
        self.similarity = similarity(dim=embedding_dim)

    def _asking(self, history: History, *, every_position: bool) -> Tensor:
        """What the query is made of, [B, T, D]."""
        item_BTD = history.item_BLD if every_position else history.at_last(history.item_BLD)
        if history.user_BD is None:
            return item_BTD
        user_B1D = history.user_BD.unsqueeze(1)
        return user_B1D + item_BTD if self.last_item else user_B1D.expand_as(item_BTD)

    def _query(self, asking_BTD: Tensor, visibility: Visibility) -> Tensor:
        return self._rotated(self.query(asking_BTD), visibility.position_BT)

    def _keys(self, history: History) -> Tensor:
        key_BLD = self.key(self.position.add(history.item_BLD))
        return self._rotated(key_BLD, history.visibility(every_position=True).position_BT)

    def _rotated(self, x_BTD: Tensor, position_BT: Tensor) -> Tensor:
        return self.position.rotate(x_BTD.unsqueeze(1), position_BT).squeeze(1)

    def _bias(self, history: History, visibility: Visibility) -> Tensor | None:
        bias_B1TL = logit_bias(visibility, self.position, history.item_BLD.shape[1])
        return None if bias_B1TL is None else bias_B1TL.squeeze(1)

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        visibility = self.time(history.visibility(every_position=every_position))
        asking_BTD = self._asking(history, every_position=every_position)
        pooled_BTD = self.similarity.attend(
            self._query(asking_BTD, visibility),
            self._keys(history),
            self.value(history.item_BLD),
            visibility.keep_BTL,
            self._bias(history, visibility),
        )
        return Contexts(self.norm(asking_BTD + self.drop(pooled_BTD)))

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        visibility = self.time(history.visibility(every_position=False))
        query_B1D = self._query(self._asking(history, every_position=False), visibility)
        bias_B1L = self._bias(history, visibility)
        return shared_weights(self.similarity.weights(query_B1D, self._keys(history), visibility.keep_BTL, bias_B1L))
