"""SIM: a learned search by dot products.

Letters: R rows, M memory tokens, C candidates, H heads, E size of the search's vectors, D embedding.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from recexp.attention.base import Attention, History
from recexp.attention.memory import Memory
from recexp.attention.top_k import TopKAttention
from recexp.attention.top_k_memory import SearchedMemory
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers


class SIMAttention(TopKAttention):
    """The k items with the highest r(l, c), and the attention of `target` over them, whose logits r joins:

        r(l, c) = (W_b x_l) . (W_a q_c),   logit_h(l, c) = r(l, c) + what `target` makes of l and c

    The soft search of the search-based interest model (Pi et al., CIKM 2020, section 3.2). There, W_a and W_b learn
    from an auxiliary loss, in which the sum of r(l, c) x_l over the whole history predicts the click. Choosing the k
    best has no gradient, so without that loss they would not learn at all. Here r is added to the logits instead, as
    the score of a retriever is in models that attend to what they retrieve: W_a and W_b learn from the one loss, at
    the items that were found. With W_b = 0 and k as long as the history, this is `target`.
    The hard search (items of the candidate's category) is not built: a candidate reaches an attention as one vector,
    without its category. The time between item and request, which the paper adds to the items, is left out (T29).
    search_dim: E. All heads attend to the same items. A candidate costs O(L E) for the search, and O(H k) at each
    position in training, or once in ranking.
    """

    def __init__(self, *, embedding_dim: int, search_dim: int, k: int, target: Attention) -> None:
        super().__init__(k=k, target=target)
        check_whole("attention.search_dim", search_dim, least=1)
        self.search_key = nn.Linear(embedding_dim, search_dim, bias=False)
        self.search_query = nn.Linear(embedding_dim, search_dim, bias=False)
        init_linear_layers(self.search_key)
        init_linear_layers(self.search_query)

    def searched(self, history: History, memory: Memory) -> "SoftSearchMemory":
        search_key_RME = self.search_key(history.item_BLD)
        return SoftSearchMemory(**vars(memory), k=self.k, search_key_RME=search_key_RME, search_query=self.search_query)


@dataclass(frozen=True, kw_only=True)
class SoftSearchMemory(SearchedMemory):
    """What the search compares joins the logits of every head."""

    def _heads(self, item_CD: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        for logit_RMC, value_RMD in super()._heads(item_CD):
            yield logit_RMC + self.relevance(logit_RMC, item_CD), value_RMD
