"""EASE: a linear autoencoder in closed form.

Letters: U users, N items.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array

from recexp.checks import check_positive
from recexp.recommender.item_similarity import ItemSimilarity, check_dense_matrices

MATRICES = 3  # held at a time: X^T X, its factor, its inverse


class EASE(ItemSimilarity):
    """W minimises |X - X W|^2 + reg |W|^2 with a diagonal of zeros (Steck, WWW 2019):

        P = (X^T X + reg I)^-1,  W_ij = -P_ij / P_jj for i != j, 0 for i = j  (eq. 8).

    O(N^3) time and O(N^2) memory, whatever the number of users.
    reg: the lambda of the paper. max_memory_gb: of the fit; a catalogue that needs more is refused.
    """

    def __init__(self, *, num_items: int, num_users: int, reg: float, max_memory_gb: float) -> None:
        super().__init__(num_items=num_items, num_users=num_users)
        check_positive("recommender.reg", reg)
        check_positive("recommender.max_memory_gb", max_memory_gb)
        check_dense_matrices("ease", num_items, matrices=MATRICES, max_memory_gb=max_memory_gb)
        self.reg = reg

    def item_weights(self, interactions: csr_array) -> np.ndarray:
        gram_NN = (interactions.T @ interactions).toarray()
        gram_NN[np.diag_indices_from(gram_NN)] += self.reg
        inverse_NN = cho_solve(cho_factor(gram_NN, overwrite_a=True), np.eye(len(gram_NN)), overwrite_b=True)
        weight_NN = inverse_NN / -np.diag(inverse_NN)
        np.fill_diagonal(weight_NN, 0)
        return weight_NN
