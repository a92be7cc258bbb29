"""Memory of which each candidate attends to k tokens alone, which a search has found.

Which tokens these are depends on candidate and position, so that nothing of a running sum can be shared: a position
costs O(k) for a candidate instead of O(1), and ranking, where one position asks, O(M) for the search and O(k).

Letters: R rows, T positions, M memory tokens, C candidates, J positions times candidates, H heads, E size of a key,
D embedding, k chosen tokens.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import torch
from torch import Tensor

from recexp.attention.base import Weights
from recexp.attention.memory import Memory
from recexp.nn.chunking import rows_per_chunk
from recexp.nn.top_k import Chosen, running_top_k, top_k
from recexp.scorer.base import Scorer


@dataclass(frozen=True, kw_only=True)
class TopKMemory(Memory):
    """Each head attends to the k tokens with the highest logits, and its pooling sees no others.

    Where k covers the history, the same as `Memory`. A subclass searches by other numbers than the logits.
    """

    k: int

    def relevance(self, logit_RMC: Tensor, item_CD: Tensor) -> Tensor:
        """[R, M, C]: what the search compares, for one head."""
        return logit_RMC

    def weights(self, item_CD: Tensor, position_M: Tensor) -> Weights:
        """At the newest position; 0 for tokens that the search has not found."""
        heads = self._chosen_heads(item_CD, self._choose_visible)
        spread = [chosen.spread(weight, len(position_M)).squeeze(2) for chosen, weight, _ in heads]
        return Weights(torch.stack(spread, dim=2), position_M)

    def score(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        choose = self._choose_running if self.every_position else self._choose_visible
        scores = [self._score(part_CD, choose, scorer).mT for part_CD in self._small_parts(item_CD, scorer)]
        return torch.cat(scores, dim=-1)

    def score_own(self, item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        score_RJ1 = self._score(item_RTCD.flatten(1, 2), self._choose_visible, scorer)
        return score_RJ1.squeeze(-1).unflatten(1, item_RTCD.shape[1:3])

    def row_elements(self, scorer: Scorer) -> int:
        return max(super().row_elements(scorer), self.bias_RHM.shape[1:].numel() * self._chosen_per_token())

    def _score(self, item_CD: Tensor, choose: Callable[[Tensor], Chosen], scorer: Scorer) -> Tensor:
        """score_RCT; candidates of all positions one after the other (J in the place of C) have T = 1."""
        heads = self._chosen_heads(item_CD, choose)
        if scorer.linear:
            pooled = [(weight * chosen.take(scorer(value, item_CD).mT)).sum(-1) for chosen, weight, value in heads]
            return reduce(torch.add, pooled)
        tokens = self.keep_RM.shape[1]
        contexts = [chosen.spread(weight, tokens) @ value.unsqueeze(1) for chosen, weight, value in heads]
        return scorer.paired(reduce(torch.add, contexts), item_CD.unsqueeze(-2))

    def _chosen_heads(self, item_CD: Tensor, choose: Callable[[Tensor], Chosen]) -> list[tuple[Chosen, Tensor, Tensor]]:
        """The chosen tokens, their weight_RCTk, and value_RMD of each head."""
        found = []
        for logit_RMC, value_RMD in self._heads(item_CD):
            chosen = choose(self.relevance(logit_RMC, item_CD).mT)
            weight_RCTk = self.pooling.weights(chosen.take(logit_RMC.mT), chosen.keep_RCTk)
            found.append((chosen, weight_RCTk, value_RMD))
        return found

    def _choose_running(self, relevance_RCM: Tensor) -> Chosen:
        return running_top_k(relevance_RCM, self.k)

    def _choose_visible(self, relevance_RJM: Tensor) -> Chosen:
        """Of the newest position, or of each position's own candidates."""
        keep_JM = self._visible()
        return top_k(relevance_RJM, keep_JM.repeat_interleave(relevance_RJM.shape[1] // keep_JM.shape[-2], -2), self.k)

    def _chosen_per_token(self) -> int:
        return min(self.k, self.keep_RM.shape[1]) if self.every_position else 1

    def _small_parts(self, item_CD: Tensor, scorer: Scorer) -> tuple[Tensor, ...]:
        """Candidates in parts whose chosen tokens, or contexts and their weights over all tokens, fit a chunk."""
        rows, tokens = self.keep_RM.shape
        positions = tokens if self.every_position else 1
        context = 1 if scorer.linear else positions * max(tokens, self.value_RHMD.shape[-1] * scorer.width)
        elements = max(tokens * max(self._chosen_per_token(), self.similarity.width), context)
        return item_CD.split(rows_per_chunk(rows * elements, item_CD.device))


@dataclass(frozen=True, kw_only=True)
class SearchedMemory(TopKMemory):
    """The search compares vectors of its own, by dot products; all heads attend to what it finds.

    search_query: the search's vectors of candidates from their vectors, [..., C, D] -> [..., C, E].
    """

    search_key_RME: Tensor
    search_query: Callable[[Tensor], Tensor]

    def tensors(self) -> tuple[Tensor, ...]:
        return *super().tensors(), self.search_key_RME

    def with_tensors(self, tensors: Sequence[Tensor]) -> "SearchedMemory":
        key_RHME, value_RHMD, bias_RHM, keep_RM, search_key_RME = tensors
        return replace(
            self,
            key_RHME=key_RHME,
            value_RHMD=value_RHMD,
            bias_RHM=bias_RHM,
            keep_RM=keep_RM,
            search_key_RME=search_key_RME,
        )

    def relevance(self, logit_RMC: Tensor, item_CD: Tensor) -> Tensor:
        return self.search_key_RME @ self.search_query(item_CD).mT
