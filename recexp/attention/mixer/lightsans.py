"""LightSANs: positions attend to a few interests instead of to each other.

Letters: B batch, L keys, T queries, H heads, E head size, K interests, D embedding.
"""

from torch import Tensor, nn

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer, join_heads, split_heads
from recexp.attention.position.base import Position
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.nn.masking import causal_mask, masked_softmax
from recexp.nn.running_mean import running_softmax_mean


class LightSANsMixer(Mixer):
    """out_t = sum over interests i of softmax_i(q_t . K_i / sqrt(E)) V_i; an interest is a mean of the keys (of the
    values), K_i = sum over l <= t of softmax_l(theta_i . k_l) k_l (Fan et al., SIGIR 2021, eq. 3-5).

    Published interests are means over the whole row, later positions included, and their last softmax runs over the
    queries in public code (T31). Here each position has the interests of its own past, by a running mean, and weighs
    these. The published term of positions, an L x L matrix, is left out: positions are a choice of their own, and
    without that matrix the cost is O(L K D) instead of O(L^2 D).
    num_interests: K.
    """

    def __init__(self, *, embedding_dim: int, num_heads: int, num_interests: int) -> None:
        super().__init__()
        check_whole("attention.mixer.num_interests", num_interests, least=1)
        self.head_dim, self.num_interests = embedding_dim // num_heads, num_interests
        self.query = nn.Linear(embedding_dim, embedding_dim)
        self.key_value = nn.Linear(embedding_dim, 2 * embedding_dim)
        self.key_interest = nn.Linear(self.head_dim, num_interests, bias=False)
        self.value_interest = nn.Linear(self.head_dim, num_interests, bias=False)
        self.out = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self)

    def _query_key_value(self, query_BTD: Tensor, memory_BLD: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        key_BLD, value_BLD = self.key_value(memory_BLD).chunk(2, dim=-1)
        query_BHTE, key_BHLE, value_BHLE = (
            split_heads(x, self.head_dim) for x in (self.query(query_BTD), key_BLD, value_BLD)
        )
        return query_BHTE / self.head_dim**0.5, key_BHLE, value_BHLE

    def forward(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        query_BHTE, key_BHLE, value_BHLE = self._query_key_value(query_BTD, memory_BLD)
        key_BHTKE = interests(key_BHLE, self.key_interest(key_BHLE), visibility)
        value_BHTKE = interests(value_BHLE, self.value_interest(value_BHLE), visibility)
        weight_BHTK = (key_BHTKE @ query_BHTE.unsqueeze(-1)).squeeze(-1).softmax(dim=-1)
        return self.out(join_heads((weight_BHTK.unsqueeze(-2) @ value_BHTKE).squeeze(-2)))

    def weights(self, query_BTD: Tensor, memory_BLD: Tensor, visibility: Visibility, position: Position) -> Tensor:
        """What each item counts in the end: the weight of an interest times the item's share in its value."""
        query_BHTE, key_BHLE, value_BHLE = self._query_key_value(query_BTD, memory_BLD)
        key_BHTKE = interests(key_BHLE, self.key_interest(key_BHLE), visibility)
        weight_BHTK = (key_BHTKE @ query_BHTE.unsqueeze(-1)).squeeze(-1).softmax(dim=-1)
        keep_BTL = visibility.keep_BTL
        keep_BTL = causal_mask(key_BHLE.shape[2], key_BHLE.device)[None] if keep_BTL is None else keep_BTL
        logit_BHKL = self.value_interest(value_BHLE).mT
        share_BHTKL = masked_softmax(logit_BHKL.unsqueeze(2), keep_BTL[:, None, :, None])
        return (weight_BHTK.unsqueeze(-2) @ share_BHTKL).squeeze(-2)


def interests(x_BHLE: Tensor, logit_BHLK: Tensor, visibility: Visibility) -> Tensor:
    """[B, H, T, K, E]: at each query position, K means of the vectors that it sees. T is 1 where all see the same."""
    if visibility.keep_BTL is not None:
        keep_B11L = visibility.keep_BTL.unsqueeze(1)
        return (masked_softmax(logit_BHLK.mT, keep_B11L) @ x_BHLE).unsqueeze(2)
    size, count = x_BHLE.shape[-1], logit_BHLK.shape[-1]
    logit_XLY = logit_BHLK.flatten(0, 1).repeat_interleave(size, dim=-1)  # X = B * H, Y = K * E
    mean_XLY = running_softmax_mean(logit_XLY, x_BHLE.flatten(0, 1).repeat(1, 1, count))
    return mean_XLY.unflatten(-1, (count, size)).unflatten(0, x_BHLE.shape[:2]).to(x_BHLE.dtype)
