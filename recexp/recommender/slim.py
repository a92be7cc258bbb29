"""SLIM: sparse item weights that are never negative.

Letters: U users, N items.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array

from recexp.checks import check_not_negative, check_positive, check_whole
from recexp.recommender.item_similarity import ItemSimilarity, check_dense_matrices

MATRICES = 6  # held at a time: the inverse, its product with X^T X, W, its sparse copy, the dual, a temporary one


class SLIM(ItemSimilarity):
    """W minimises 1/2 |X - X W|^2 + l2 / 2 |W|^2 + l1 sum |W_ij| with W_ij >= 0 and a diagonal of zeros
    (Ning & Karypis, ICDM 2011).

    All columns are solved together by ADMM (Steck et al., WSDM 2020), which splits W into a dense copy B, with the
    diagonal of zeros, and a sparse copy C, with the signs and the l1 penalty. With P = (X^T X + (l2 + rho) I)^-1,

        B = P (X^T X + rho C - D) - P diag(gamma),  gamma such that B_jj = 0,
        C = max(0, B + (D - l1) / rho),  D = D + rho (B - C),

    until `num_iterations`; W is C. O(N^3) time an iteration and O(N^2) memory, whatever the number of users.
    rho: step of ADMM, which changes how fast W is approached, not what it approaches.
    max_memory_gb: of the fit; a catalogue that needs more is refused.
    """

    def __init__(
        self,
        *,
        num_items: int,
        num_users: int,
        l1: float,
        l2: float,
        rho: float,
        num_iterations: int,
        max_memory_gb: float,
    ) -> None:
        super().__init__(num_items=num_items, num_users=num_users)
        check_not_negative("recommender.l1", l1)
        check_not_negative("recommender.l2", l2)
        check_positive("recommender.rho", rho)
        check_whole("recommender.num_iterations", num_iterations, least=1)
        check_positive("recommender.max_memory_gb", max_memory_gb)
        check_dense_matrices("slim", num_items, matrices=MATRICES, max_memory_gb=max_memory_gb)
        self.l1, self.l2, self.rho, self.num_iterations = l1, l2, rho, num_iterations

    def item_weights(self, interactions: csr_array) -> csr_array:
        gram_NN = (interactions.T @ interactions).toarray()
        inverse_NN = cho_solve(cho_factor(gram_NN + (self.l2 + self.rho) * np.eye(len(gram_NN))), np.eye(len(gram_NN)))
        fixed_NN = inverse_NN @ gram_NN
        sparse_NN, dual_NN = np.zeros_like(gram_NN), np.zeros_like(gram_NN)
        for _ in range(self.num_iterations):
            dense_NN = fixed_NN + inverse_NN @ (self.rho * sparse_NN - dual_NN)
            dense_NN -= inverse_NN * (np.diag(dense_NN) / np.diag(inverse_NN))
            sparse_NN = np.maximum(0, dense_NN + (dual_NN - self.l1) / self.rho)
            dual_NN += self.rho * (dense_NN - sparse_NN)
        np.fill_diagonal(sparse_NN, 0)
        return csr_array(sparse_NN)
