"""Variants in which each candidate weighs the history for itself.

Where the scorer is linear in its context, pooling and scoring commute (docs/decisions.md):

    score(t, c) = sum over l <= t of a(l, c) s(v_l, q_c),   a(., c) = softmax over l <= t of f(k_l, q_c)

so two [R, M, C] products and a running softmax-weighted mean score every candidate at every position. A scorer that
is not linear needs the contexts themselves; they are built for a few candidates at a time.

Letters: B batch, L history, R rows (= B), T positions, M memory tokens, C candidates, D embedding.
"""

from abc import abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor

from recexp.attention.base import Attention, History
from recexp.attention.similarity.base import Similarity
from recexp.nn.chunking import rows_per_chunk
from recexp.nn.masking import masked_softmax
from recexp.nn.running_mean import running_softmax_mean
from recexp.scorer.base import Scorer


class Memory(NamedTuple):
    """What candidates look at, in time order."""

    key_RMD: Tensor
    value_RMD: Tensor
    bias_RM: Tensor  # added to the logits
    keep_RM: Tensor  # bool, real tokens


class CandidateAwareAttention(Attention):
    """A subclass implements `remember` and, where candidates ask with something else than their vector, `ask`.

    `first_tokens` of the memory precede the first item and each item brings `tokens_per_item`: position t sees the
    first `first_tokens + (t + 1) * tokens_per_item` tokens.
    """

    candidate_aware = True
    first_tokens = 0
    tokens_per_item = 1

    similarity: Similarity

    @abstractmethod
    def remember(self, history: History) -> Memory:
        """The memory of each history."""

    def ask(self, item_CD: Tensor) -> Tensor:
        """The query of each candidate, [..., C, D]."""
        return item_CD

    def forward(self, history: History, *, every_position: bool) -> Tensor:
        raise TypeError(f"{type(self).__name__} has a context for each candidate: call its score methods")

    def weights(self, history: History, item_CD: Tensor) -> Tensor:
        """[B, C, M]: how each candidate weighs the memory at the newest position."""
        memory = self.remember(history)
        return masked_softmax(self._logits(memory, item_CD).mT, memory.keep_RM.unsqueeze(1))

    def encode_training(self, history: History, target_BL: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        return self.remember(history), target_BL

    def encode_ranking(self, history: History) -> tuple[Tensor, ...]:
        return self.remember(history)

    def score(self, rows: tuple[Tensor, ...], item_CD: Tensor, scorer: Scorer) -> Tensor:
        memory = Memory(*rows)
        if scorer.linear:
            mean_RMC = running_softmax_mean(self._logits(memory, item_CD), scorer(memory.value_RMD, item_CD))
            return mean_RMC[:, self._reading(memory)]
        return torch.cat([self._score_contexts(memory, part, scorer) for part in self._parts(memory, item_CD)], dim=-1)

    def score_own(self, rows: tuple[Tensor, ...], item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        memory = Memory(*rows)
        item_RJD = item_RTCD.flatten(1, 2)  # J = T * C: every position's candidates one after the other
        weight_RJM = masked_softmax(self._logits(memory, item_RJD).mT, self._causal(memory, item_RTCD.shape[2]))
        if scorer.linear:
            score_RJ = (weight_RJM * scorer(memory.value_RMD, item_RJD).mT).sum(dim=-1)
        else:
            score_RJ = scorer.paired(weight_RJM @ memory.value_RMD, item_RJD)
        return score_RJ.unflatten(1, item_RTCD.shape[1:3])

    def score_ranking(self, rows: tuple[Tensor, ...], item_CD: Tensor, scorer: Scorer) -> Tensor:
        memory = Memory(*rows)
        if scorer.linear:
            weight_RMC = masked_softmax(self._logits(memory, item_CD).mT, memory.keep_RM.unsqueeze(1)).mT
            return (weight_RMC * scorer(memory.value_RMD, item_CD)).sum(dim=1)
        scores = []
        for part_CD in self._parts(memory, item_CD):
            weight_RCM = masked_softmax(self._logits(memory, part_CD).mT, memory.keep_RM.unsqueeze(1))
            scores.append(scorer.paired(weight_RCM @ memory.value_RMD, part_CD))
        return torch.cat(scores, dim=-1)

    def row_elements(self, rows: tuple[Tensor, ...], scorer: Scorer) -> int:
        return Memory(*rows).key_RMD.shape[1] * max(self.similarity.width, scorer.width)

    def _logits(self, memory: Memory, item_CD: Tensor) -> Tensor:
        """f(k_m, q_c) + bias_m, [R, M, C]: the memory side comes first, so that time is the middle axis."""
        return self.similarity(memory.key_RMD, self.ask(item_CD)) + memory.bias_RM.unsqueeze(-1)

    def _reading(self, memory: Memory) -> slice:
        """The memory tokens at which positions 0, 1, ... read: the last token each of them sees."""
        return slice(self.first_tokens + self.tokens_per_item - 1, None, self.tokens_per_item)

    def _causal(self, memory: Memory, candidates_per_position: int) -> Tensor:
        """keep_JM, bool: the tokens that each position's candidates see."""
        token_M = torch.arange(memory.key_RMD.shape[1], device=memory.key_RMD.device)
        seen_TM = token_M <= token_M[self._reading(memory)][:, None]
        return seen_TM.repeat_interleave(candidates_per_position, dim=0)

    def _score_contexts(self, memory: Memory, item_CD: Tensor, scorer: Scorer) -> Tensor:
        """score_RTC by way of context_RTCD, for a few candidates."""
        candidates, dim = item_CD.shape
        logit_RMX = self._logits(memory, item_CD).repeat_interleave(dim, dim=-1)  # X = C * D
        context_RMX = running_softmax_mean(logit_RMX, memory.value_RMD.repeat(1, 1, candidates))
        context_RTCD = context_RMX[:, self._reading(memory)].unflatten(-1, (candidates, dim))
        return scorer.paired(context_RTCD, item_CD)

    def _parts(self, memory: Memory, item_CD: Tensor) -> tuple[Tensor, ...]:
        """Candidates in parts whose contexts fit a chunk."""
        elements = memory.value_RMD.numel() * max(1, self.similarity.width // memory.value_RMD.shape[-1])
        return item_CD.split(rows_per_chunk(elements, item_CD.device))
