"""ItemKNN: each item of the history votes for the items most similar to it.

Letters: U users, N items, S pairs of items.
"""

import numpy as np
from scipy.sparse import csr_array, vstack

from recexp.checks import check_not_negative, check_whole
from recexp.recommender.item_similarity import ItemSimilarity

BLOCK_ELEMENTS = 1 << 25  # pairs of items whose similarities are held at a time


class ItemKNN(ItemSimilarity):
    """W_ji = c_ji / (sqrt(c_j c_i) + shrinkage) where i is among the k items most similar to j, else 0; c_ji counts the
    users who have both items, and c_j those who have j.

    The cosine of two columns of X (Deshpande & Karypis, ACM TOIS 2004), less for items with few users.
    Equally similar items count in the order of their indices. Memory: k N, and a bounded number of pairs while fitting.
    """

    def __init__(self, *, num_items: int, num_users: int, num_neighbors: int, shrinkage: float) -> None:
        super().__init__(num_items=num_items, num_users=num_users)
        check_whole("recommender.num_neighbors", num_neighbors, least=1)
        check_not_negative("recommender.shrinkage", shrinkage)
        self.num_neighbors, self.shrinkage = num_neighbors, shrinkage

    def item_weights(self, interactions: csr_array) -> csr_array:
        users_of = interactions.T.tocsr()
        parts = [self._neighbors(users_of, interactions, block) for block in blocks(users_of, interactions)]
        return vstack(parts, format="csr")

    def _neighbors(self, users_of: csr_array, interactions: csr_array, block: slice) -> csr_array:
        """The rows `block` of W."""
        norm_N = np.sqrt(interactions.sum(axis=0))
        counts = (users_of[block] @ interactions).tocoo()
        item_S = counts.row + block.start
        cosine_S = counts.data / (norm_N[item_S] * norm_N[counts.col] + self.shrinkage)
        cosine_S[item_S == counts.col] = 0
        return largest(csr_array((cosine_S, (counts.row, counts.col)), counts.shape), self.num_neighbors)


def blocks(users_of: csr_array, interactions: csr_array) -> list[slice]:
    """Rows of X^T X, in blocks of at most about BLOCK_ELEMENTS pairs of items with a user in common."""
    pairs_N = np.minimum(users_of @ interactions.sum(axis=1), len(users_of.indptr) - 1)
    starts = np.flatnonzero(np.diff(pairs_N.cumsum() // BLOCK_ELEMENTS, prepend=-1)).tolist()
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(pairs_N)], strict=True)]


def largest(matrix: csr_array, k: int) -> csr_array:
    """The k largest positive values of each row; the first of equal ones."""
    row_S = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order_S = np.lexsort((matrix.indices, -matrix.data, row_S))
    rank_S = np.arange(len(order_S)) - matrix.indptr[row_S]
    kept = order_S[(rank_S < k) & (matrix.data[order_S] > 0)]
    return csr_array((matrix.data[kept], (row_S[kept], matrix.indices[kept])), matrix.shape)
