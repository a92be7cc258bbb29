"""A history in hash tables: a candidate reads the sum of the items that fall into its own bucket of each table.

Letters: R rows, T positions, M history items, C candidates, J positions times candidates, G tables, U buckets of each
table, X columns, D embedding.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from recexp.attention.encoded import Encoded
from recexp.nn.running_mean import running_sum
from recexp.scorer.base import Scorer

LEAST_NORM = 1e-12  # of an empty bucket; that of `torch.nn.functional.normalize`


@dataclass(frozen=True)
class HashTables(Encoded):
    """The newest position: every bucket's sum, of length 1, in which the history no longer appears.

    The context of a candidate is the mean over tables of what its buckets hold: O(G D), however long the history is.
    buckets: the buckets of candidates from their vectors, [..., C, D] -> [..., C, G] (int64, below U).
    """

    sum_RGUD: Tensor
    buckets: Callable[[Tensor], Tensor]

    def tensors(self) -> tuple[Tensor, ...]:
        return (self.sum_RGUD,)

    def with_tensors(self, tensors: Sequence[Tensor]) -> "HashTables":
        return replace(self, sum_RGUD=tensors[0])

    def at_targets(self, target_BL: Tensor) -> tuple["HashTables", Tensor]:
        return self, target_BL

    def score(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        bucket_CG = self.buckets(item_CD)
        context_RCD = self._contexts(bucket_CG.expand(len(self.sum_RGUD), *bucket_CG.shape))
        return scorer.paired(context_RCD, item_CD).unsqueeze(1)

    def score_own(self, item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        item_RCD = item_RTCD.squeeze(1)
        return scorer.paired(self._contexts(self.buckets(item_RCD)), item_RCD).unsqueeze(1)

    def row_elements(self, scorer: Scorer) -> int:
        return max(self.sum_RGUD.shape[-1], scorer.width)

    def _contexts(self, bucket_RCG: Tensor) -> Tensor:
        """context_RCD, table by table."""
        tables = zip(self.sum_RGUD.unbind(1), bucket_RCG.unbind(-1), strict=True)
        return _mean(
            sum_RUD.gather(1, bucket_RC.unsqueeze(-1).expand(-1, -1, sum_RUD.shape[-1]))
            for sum_RUD, bucket_RC in tables
        )


@dataclass(frozen=True)
class RunningHashTables(Encoded):
    """Every position, in training: the tables of position t hold items 0 ... t.

    No table is written down. With a linear scorer, the score of a candidate is a mean over tables of

        sum over l <= t, l in the candidate's bucket, of s(v_l, q_c), over the length of that bucket's sum of v_l:

    a running sum of [R, M, C] for each table. The squared length of a bucket grows, as v_t falls into it, by
    |v_t|^2 + 2 v_t . (the sum so far), which the products of all pairs of items tell: O(G M^2) a row, for any number of
    candidates.
    """

    value_RMD: Tensor
    bucket_RMG: Tensor  # int64, below num_buckets
    num_buckets: int
    buckets: Callable[[Tensor], Tensor]  # as in HashTables

    def tensors(self) -> tuple[Tensor, ...]:
        return self.value_RMD, self.bucket_RMG

    def with_tensors(self, tensors: Sequence[Tensor]) -> "RunningHashTables":
        value_RMD, bucket_RMG = tensors
        return replace(self, value_RMD=value_RMD, bucket_RMG=bucket_RMG)

    def at_targets(self, target_BL: Tensor) -> tuple["RunningHashTables", Tensor]:
        """All positions: what is no target costs nothing beside the rest of its row."""
        return self, target_BL

    def score(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        bucket_CG = self.buckets(item_CD)
        if scorer.linear:
            return self._running_mean(scorer(self.value_RMD, item_CD), bucket_CG)
        candidates, dim = item_CD.shape
        column_RMX = self.value_RMD.repeat(1, 1, candidates)  # X = C * D
        context_RMX = self._running_mean(column_RMX, bucket_CG.repeat_interleave(dim, dim=0))
        return scorer.paired(context_RMX.unflatten(-1, (candidates, dim)), item_CD)

    def score_own(self, item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        positions, candidates = item_RTCD.shape[1:3]
        item_RJD = item_RTCD.flatten(1, 2)
        place_M = torch.arange(positions, device=item_RJD.device)
        keep_JM = place_M <= place_M.repeat_interleave(candidates)[:, None]
        weight_RJM = bucket_weights(self.value_RMD, self.bucket_RMG, self.buckets(item_RJD), keep_JM)
        return scorer.paired(weight_RJM @ self.value_RMD, item_RJD).unflatten(1, (positions, candidates))

    def row_elements(self, scorer: Scorer) -> int:
        tokens, tables = self.bucket_RMG.shape[1:]
        return tokens * tables * (1 if scorer.linear else max(self.value_RMD.shape[-1], scorer.width))

    def _running_mean(self, column_RMX: Tensor, bucket_XG: Tensor) -> Tensor:
        """[R, M, X]: the mean over tables of the running sum of a column's items in its bucket, over the length."""
        return _mean(
            running_sum(column_RMX * (bucket_RM.unsqueeze(-1) == bucket_X)) / self._lengths(bucket_RM)[..., bucket_X]
            for bucket_RM, bucket_X in zip(self.bucket_RMG.unbind(-1), bucket_XG.unbind(-1), strict=True)
        )

    def _lengths(self, bucket_RM: Tensor) -> Tensor:
        """length_RTU: of the sum in each bucket of one table at every position."""
        with torch.autocast(bucket_RM.device.type, enabled=False):
            value_RMD = self.value_RMD.to(torch.promote_types(self.value_RMD.dtype, torch.float32))
            product_RML = value_RMD @ value_RMD.mT
        same_RML = (bucket_RM.unsqueeze(-1) == bucket_RM.unsqueeze(-2)).tril()
        pairs_RML = product_RML * same_RML
        growth_RM = 2 * pairs_RML.sum(dim=-1) - pairs_RML.diagonal(dim1=-2, dim2=-1)
        in_bucket_RMU = F.one_hot(bucket_RM, self.num_buckets)
        square_RMU = running_sum(growth_RM.unsqueeze(-1) * in_bucket_RMU)
        return square_RMU.clamp(min=LEAST_NORM**2).sqrt()


def bucket_sums(value_RMD: Tensor, bucket_RMG: Tensor, keep_RM: Tensor, num_buckets: int) -> Tensor:
    """sum_RGUD of the kept items in each bucket, scaled to length 1; an empty bucket holds zeros."""
    inside_RMGU = (F.one_hot(bucket_RMG, num_buckets) * keep_RM[..., None, None]).to(value_RMD.dtype)
    sum_RXD = inside_RMGU.flatten(2).mT @ value_RMD  # X = G * U
    return F.normalize(sum_RXD, dim=-1, eps=LEAST_NORM).unflatten(1, (bucket_RMG.shape[-1], num_buckets))


def bucket_weights(value_RMD: Tensor, bucket_RMG: Tensor, bucket_RJG: Tensor, keep_JM: Tensor) -> Tensor:
    """weight_RJM of the items for each of J candidates: the mean over tables of 1 / the length of the bucket's sum.

    bucket_RJG: of the candidates, or [J, G] where rows share them; keep_JM: bool, broadcastable to [R, J, M].
    """

    def of_table(bucket_RM: Tensor, bucket_RJ: Tensor) -> Tensor:
        inside_RJM = ((bucket_RM.unsqueeze(-2) == bucket_RJ.unsqueeze(-1)) & keep_JM).to(value_RMD.dtype)
        return inside_RJM / (inside_RJM @ value_RMD).norm(dim=-1, keepdim=True).clamp(min=LEAST_NORM)

    return _mean(map(of_table, bucket_RMG.unbind(-1), bucket_RJG.unbind(-1)))


def _mean(tables: Iterable[Tensor]) -> Tensor:
    """Of one tensor for each table, without holding them all."""
    parts = iter(tables)
    total, count = next(parts), 1
    for part in parts:
        total, count = total + part, count + 1
    return total / count
