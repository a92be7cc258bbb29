"""iALS: a factorisation of the whole matrix X by alternating least squares, in which what users have weighs more.

Letters: R rows of X or of its transpose, N their columns (items, where nothing else is said), D embedding, S ones of X,
C rows of a chunk, L the most ones in a row of it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from recexp.batching.histories import Histories
from recexp.checks import check_positive, check_whole
from recexp.data.training_set import TrainingSet
from recexp.recommender.base import Recommender
from recexp.recommender.profiles import interaction_matrix, profiles

CHUNK_ELEMENTS = 1 << 20  # of the vectors and matrices of the rows that are solved together: they stay in a cache


class IALS(Recommender):
    """Minimises, over the vectors w_u of users and h_i of items,

        sum over (u, i) in S of (w_u . h_i - 1)^2 + unobserved_weight * sum over all (u, i) of (w_u . h_i)^2
        + reg * (sum over u of c_u |w_u|^2 + sum over i of c_i |h_i|^2),   c_u = |S_u| + unobserved_weight * num_items,

    and c_i likewise; S are the pairs in training (Hu et al., ICDM 2008, in the form of Rendle et al., RecSys 2022,
    whose alpha_0 is unobserved_weight, lambda is reg and nu is 1). Each half of an iteration solves a system of D
    equations for every user or every item: O(|S| D^2 + (U + N) D^3) time, and a bounded number of them in memory.

    A user's vector is not kept: it is solved for the history that is given, with the items' vectors as they are.
    The items' vectors start normal with a standard deviation of .1 / sqrt(D), drawn from `seed` alone.
    """

    item_ND: Tensor

    def __init__(
        self,
        *,
        num_items: int,
        num_users: int,
        embedding_dim: int,
        num_iterations: int,
        unobserved_weight: float,
        reg: float,
        seed: int,
    ) -> None:
        super().__init__()
        check_whole("recommender.num_iterations", num_iterations, least=1)
        check_positive("recommender.unobserved_weight", unobserved_weight)
        check_positive("recommender.reg", reg)
        self.num_iterations, self.unobserved_weight, self.reg, self.seed = num_iterations, unobserved_weight, reg, seed
        self.register_buffer("item_ND", torch.zeros(num_items, embedding_dim))

    def fit(self, training: TrainingSet) -> None:
        interactions = interaction_matrix(training)
        of_users, of_items = Ones.of_matrix(interactions), Ones.of_matrix(interactions.T.tocsr())
        generator = torch.Generator().manual_seed(self.seed)
        std = 0.1 / self.item_ND.shape[1] ** 0.5
        item_ND = std * torch.randn(self.item_ND.shape, generator=generator, dtype=torch.float64)
        for _ in range(self.num_iterations):
            item_ND = self._solve(of_items, self._solve(of_users, item_ND))
        self.item_ND = item_ND.float()

    def score(self, histories: Histories) -> Tensor:
        row_S, item_S = profiles(histories, len(self.item_ND), self.item_ND.dtype).nonzero(as_tuple=True)
        count_B = torch.bincount(row_S, minlength=len(histories.user_B))
        return self._solve(Ones(count_B, item_S), self.item_ND) @ self.item_ND.T

    def _solve(self, ones: "Ones", column_ND: Tensor) -> Tensor:
        """The vectors [R, D] of rows, given those of the columns."""
        columns, size = column_ND.shape
        every_DD = self.unobserved_weight * (column_ND.T @ column_ND)
        reg_R = self.reg * (ones.count_R + self.unobserved_weight * columns)
        padded_ND = torch.cat([column_ND, column_ND.new_zeros(1, size)])
        row_RD = column_ND.new_zeros(len(ones.count_R), size)
        for chunk_C in ones.chunks(size):
            own_CLD = padded_ND[ones.columns(chunk_C, padding=columns)]
            reg_CDD = torch.diag_embed(reg_R[chunk_C, None].to(row_RD.dtype).expand(-1, size))
            factor_CDD = torch.linalg.cholesky(own_CLD.mT @ own_CLD + every_DD + reg_CDD)
            row_RD[chunk_C] = torch.cholesky_solve(own_CLD.sum(dim=1).unsqueeze(-1), factor_CDD).squeeze(-1)
        return row_RD


class Ones(NamedTuple):
    """Where a matrix of zeros and ones has its ones: int64, row after row."""

    count_R: Tensor  # ones of each row
    column_S: Tensor

    @classmethod
    def of_matrix(cls, matrix: csr_array) -> "Ones":
        count_R = torch.from_numpy(np.diff(matrix.indptr).astype(np.int64))
        return cls(count_R, torch.from_numpy(matrix.indices.astype(np.int64)))

    def chunks(self, size: int) -> Iterator[Tensor]:
        """Rows (int64) of about as many ones each, so that their vectors [C, L, size] are neither many nor padded."""
        order_R = self.count_R.argsort(descending=True, stable=True)
        start = 0
        while start < len(order_R):
            most = int(self.count_R[order_R[start]])
            end = start + max(1, CHUNK_ELEMENTS // (size * (most + 2 * size)))
            yield order_R[start:end]
            start = end

    def columns(self, row_C: Tensor, *, padding: int) -> Tensor:
        """column_CL (int64): the columns of each row's ones, right-padded."""
        count_C1 = self.count_R[row_C, None]
        place_L = torch.arange(int(count_C1.max()), device=row_C.device)
        place_CL = (self.count_R.cumsum(0) - self.count_R)[row_C, None] + place_L
        inside_CL = place_L < count_C1
        column_CL = torch.full_like(place_CL, padding)
        column_CL[inside_CL] = self.column_S[place_CL[inside_CL]]
        return column_CL
