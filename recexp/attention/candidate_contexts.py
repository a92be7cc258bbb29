"""Contexts that differ for each candidate, and that have to be built before a scorer can read them.

Letters: R rows, T positions, C candidates, D embedding.
"""

from abc import abstractmethod

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from recexp.attention.encoded import Encoded
from recexp.nn.chunking import rows_per_chunk
from recexp.scorer.base import Scorer


class CandidateContexts(Encoded):
    """For variants in which a candidate meets the history in a network of its own: there is no way around the contexts.

    `Memory` is far cheaper and fits wherever a context is a weighted sum of values that all candidates share. Here the
    contexts of a few candidates are built at a time; where there are more, the backward pass builds each part once
    more, so that no [R, T, C, D] tensor of all candidates exists.
    """

    @abstractmethod
    def contexts(self, item: Tensor) -> Tensor:
        """context_RTCD. item: [C, D], which all positions share, or [R, T, C, D].

        It may be computed twice, so it draws no random numbers: dropout belongs into `Attention.encode`.
        """

    def score(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        return self._in_parts(item_CD, scorer)

    def score_own(self, item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        return self._in_parts(item_RTCD, scorer)

    def _in_parts(self, item: Tensor, scorer: Scorer) -> Tensor:
        def score(part: Tensor) -> Tensor:
            return scorer.paired(self.contexts(part), part)

        size = rows_per_chunk(len(self.tensors()[0]) * self.row_elements(scorer), item.device)
        if size >= item.shape[-2]:
            return score(item)
        parts = item.split(size, dim=-2)
        if not torch.is_grad_enabled():
            return torch.cat([score(part) for part in parts], dim=-1)
        scores = [checkpoint(score, part, use_reentrant=False, preserve_rng_state=False) for part in parts]
        return torch.cat(scores, dim=-1)
