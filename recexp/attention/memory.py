"""Memory: tokens that each candidate weighs for itself.

Where the scorer is linear in its context, pooling and scoring commute (docs/decisions.md):

    score(t, c) = sum over l <= t of a(l, c) s(v_l, q_c),   a(., c) = softmax over l <= t of f(k_l, q_c)

so two [R, M, C] products and a running softmax-weighted mean score every candidate at every position. A scorer that
is not linear needs the contexts themselves; they are built for a few candidates at a time.

Letters: R rows, T positions, M memory tokens, C candidates, D embedding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from recexp.attention.base import Weights
from recexp.attention.encoded import Encoded
from recexp.attention.similarity.base import Similarity
from recexp.nn.chunking import rows_per_chunk
from recexp.nn.masking import masked_softmax
from recexp.nn.running_mean import running_softmax_mean
from recexp.scorer.base import Scorer


@dataclass(frozen=True)
class Memory(Encoded):
    """Tokens in time order: `first_tokens` of them come before the first item, and each item brings `tokens_per_item`.

    Position t sees the first `first_tokens + (t + 1) * tokens_per_item` tokens. every_position: whether candidates are
    scored at every position, or at the newest alone (T = 1), which sees all kept tokens.
    query: the query of candidates from their vectors, [..., C, D] -> [..., C, D].
    """

    key_RMD: Tensor
    value_RMD: Tensor
    bias_RM: Tensor  # added to the logits
    keep_RM: Tensor  # bool, real tokens
    similarity: Similarity
    query: Callable[[Tensor], Tensor]
    every_position: bool
    first_tokens: int = 0
    tokens_per_item: int = 1

    def tensors(self) -> tuple[Tensor, ...]:
        return self.key_RMD, self.value_RMD, self.bias_RM, self.keep_RM

    def with_tensors(self, tensors: Sequence[Tensor]) -> "Memory":
        key_RMD, value_RMD, bias_RM, keep_RM = tensors
        return replace(self, key_RMD=key_RMD, value_RMD=value_RMD, bias_RM=bias_RM, keep_RM=keep_RM)

    def at_targets(self, target_BL: Tensor) -> tuple["Memory", Tensor]:
        """All positions: what is no target costs nothing beside the rest of its row."""
        return self, target_BL

    def weights(self, item_CD: Tensor, position_M: Tensor) -> Weights:
        """How each candidate weighs the tokens at the newest position; position_M: see `Weights`."""
        return Weights(self._newest_weights(item_CD).unsqueeze(2), position_M)

    def score(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        if not self.every_position:
            return self._score_newest(item_CD, scorer).unsqueeze(1)
        if scorer.linear:
            mean_RMC = running_softmax_mean(self._logits(item_CD), scorer(self.value_RMD, item_CD))
            return mean_RMC[:, self._last_seen()]
        return torch.cat([self._score_contexts(part_CD, scorer) for part_CD in self._parts(item_CD)], dim=-1)

    def score_own(self, item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        item_RJD = item_RTCD.flatten(1, 2)  # J = T * C: every position's candidates one after the other
        keep_JM = self._visible().repeat_interleave(item_RTCD.shape[2], dim=-2)
        weight_RJM = masked_softmax(self._logits(item_RJD).mT, keep_JM)
        if scorer.linear:
            score_RJ = (weight_RJM * scorer(self.value_RMD, item_RJD).mT).sum(dim=-1)
        else:
            score_RJ = scorer.paired(weight_RJM @ self.value_RMD, item_RJD)
        return score_RJ.unflatten(1, item_RTCD.shape[1:3])

    def row_elements(self, scorer: Scorer) -> int:
        return self.key_RMD.shape[1] * max(self.similarity.width, scorer.width)

    def _logits(self, item_CD: Tensor) -> Tensor:
        """f(k_m, q_c) + bias_m, [R, M, C]: the memory side comes first, so that time is the middle axis."""
        return self.similarity(self.key_RMD, self.query(item_CD)) + self.bias_RM.unsqueeze(-1)

    def _newest_weights(self, item_CD: Tensor) -> Tensor:
        """weight_RCM at the newest position."""
        return masked_softmax(self._logits(item_CD).mT, self.keep_RM.unsqueeze(1))

    def _score_newest(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        """score_RC at the newest position."""
        if scorer.linear:
            return (self._newest_weights(item_CD).mT * scorer(self.value_RMD, item_CD)).sum(dim=1)
        scores = [
            scorer.paired(self._newest_weights(part_CD) @ self.value_RMD, part_CD) for part_CD in self._parts(item_CD)
        ]
        return torch.cat(scores, dim=-1)

    def _score_contexts(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        """score_RTC by way of context_RTCD, for a few candidates."""
        candidates, dim = item_CD.shape
        logit_RMX = self._logits(item_CD).repeat_interleave(dim, dim=-1)  # X = C * D
        context_RMX = running_softmax_mean(logit_RMX, self.value_RMD.repeat(1, 1, candidates))
        context_RTCD = context_RMX[:, self._last_seen()].unflatten(-1, (candidates, dim))
        return scorer.paired(context_RTCD, item_CD)

    def _last_seen(self) -> slice:
        """The last token that position 0, 1, ... sees."""
        return slice(self.first_tokens + self.tokens_per_item - 1, None, self.tokens_per_item)

    def _visible(self) -> Tensor:
        """bool: the tokens that each position sees, [T, M], or [R, 1, M] at the newest."""
        if not self.every_position:
            return self.keep_RM.unsqueeze(1)
        token_M = torch.arange(self.key_RMD.shape[1], device=self.key_RMD.device)
        return token_M <= token_M[self._last_seen()][:, None]

    def _parts(self, item_CD: Tensor) -> tuple[Tensor, ...]:
        """Candidates in parts whose contexts fit a chunk."""
        elements = self.value_RMD.numel() * max(1, self.similarity.width // self.value_RMD.shape[-1])
        return item_CD.split(rows_per_chunk(elements, item_CD.device))
