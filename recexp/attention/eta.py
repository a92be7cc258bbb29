"""ETA: the search compares bits, so that it is cheap and has no parameters.

Letters: B batch, L history, K bits, D embedding.
"""

from torch import Tensor

from recexp.attention.base import Attention, History
from recexp.attention.memory import Memory
from recexp.attention.top_k import TopKAttention
from recexp.attention.top_k_memory import SearchedMemory
from recexp.checks import check_whole
from recexp.nn.hashing import random_hyperplanes, sign_bits


class ETAAttention(TopKAttention):
    """The k items whose num_bits bits differ least from the candidate's, and the attention of `target` over them.

        bit_j(x) = [r_j . x > 0],   distance(l, c) = number of j with bit_j(x_l) != bit_j(q_c)

    Efficient target attention (Chen et al., arXiv 2108.04468, 2021): the expected distance is
    proportional to the angle between x_l and q_c, and more bits find the items with the smallest angles more surely.
    The rows r_j are drawn once from `seed`, never learn, and are kept in the checkpoint. Bits are taken of the item
    vectors themselves, which are learned by the attention and as candidates. All heads attend to the same items.
    Bits are multiplied as numbers +-1 here, which costs O(L num_bits) for a candidate; packed words would need fewer
    operations. The attention costs O(H k) at each position in training, or once in ranking.
    """

    normal_KD: Tensor

    def __init__(self, *, embedding_dim: int, num_bits: int, seed: int, k: int, target: Attention) -> None:
        super().__init__(k=k, target=target)
        check_whole("attention.num_bits", num_bits, least=1)
        check_whole("attention.seed", seed, least=0)
        self.register_buffer("normal_KD", random_hyperplanes(num_bits, embedding_dim, seed))

    def searched(self, history: History, memory: Memory) -> SearchedMemory:
        search_key_RME = self._signs(history.item_BLD)
        return SearchedMemory(**vars(memory), k=self.k, search_key_RME=search_key_RME, search_query=self._signs)

    def _signs(self, x_D: Tensor) -> Tensor:
        """[..., K]: 1 and -1 for the bits, so that a dot product is K - 2 * distance."""
        return sign_bits(x_D, self.normal_KD).to(x_D.dtype) * 2 - 1
