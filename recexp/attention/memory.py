"""Memory: tokens that each candidate weighs for itself, in one or more heads.

Where the scorer is linear in its context, pooling and scoring commute (docs/decisions.md):

    score(t, c) = sum over heads h, l <= t of a_h(l, c) s(v_hl, q_c),   a_h(., c) = pooling of f(k_hl, q_hc), l <= t

so two [R, M, C] products and a running sum for each head score every candidate at every position. A scorer that is
not linear needs the contexts themselves; they are built for a few candidates at a time.

Letters: R rows, T positions, M memory tokens, C candidates, H heads, E size of a key, D embedding.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import torch
from torch import Tensor

from recexp.attention.base import Weights
from recexp.attention.encoded import Encoded
from recexp.attention.pooling.base import Pooling
from recexp.attention.similarity.base import Similarity
from recexp.nn.chunking import rows_per_chunk
from recexp.scorer.base import Scorer


@dataclass(frozen=True)
class Memory(Encoded):
    """Tokens in time order: `first_tokens` of them come before the first item, and each item brings `tokens_per_item`.

    Position t sees the first `first_tokens + (t + 1) * tokens_per_item` tokens. every_position: whether candidates are
    scored at every position, or at the newest alone (T = 1), which sees all kept tokens.
    query: the queries of candidates from their vectors, [..., C, D] -> [..., C, H * E], one head after the other.
    The context of a candidate is the sum of its heads' pooled values.
    """

    key_RHME: Tensor
    value_RHMD: Tensor
    bias_RHM: Tensor  # added to the logits
    keep_RM: Tensor  # bool, real tokens
    similarity: Similarity
    pooling: Pooling
    query: Callable[[Tensor], Tensor]
    every_position: bool
    first_tokens: int = 0
    tokens_per_item: int = 1

    def tensors(self) -> tuple[Tensor, ...]:
        return self.key_RHME, self.value_RHMD, self.bias_RHM, self.keep_RM

    def with_tensors(self, tensors: Sequence[Tensor]) -> "Memory":
        key_RHME, value_RHMD, bias_RHM, keep_RM = tensors
        return replace(self, key_RHME=key_RHME, value_RHMD=value_RHMD, bias_RHM=bias_RHM, keep_RM=keep_RM)

    def at_targets(self, target_BL: Tensor) -> tuple["Memory", Tensor]:
        """All positions: what is no target costs nothing beside the rest of its row."""
        return self, target_BL

    def weights(self, item_CD: Tensor, position_M: Tensor) -> Weights:
        """How each candidate weighs the tokens at the newest position; position_M: see `Weights`."""
        weights = [self._newest_weights(logit_RMC) for logit_RMC, _ in self._heads(item_CD)]
        return Weights(torch.stack(weights, dim=2), position_M)

    def score(self, item_CD: Tensor, scorer: Scorer) -> Tensor:
        if scorer.linear:
            return _sum(self._score_head(*head, item_CD, scorer) for head in self._heads(item_CD))
        return torch.cat([scorer.paired(self._contexts(part), part) for part in self._parts(item_CD)], dim=-1)

    def score_own(self, item_RTCD: Tensor, scorer: Scorer) -> Tensor:
        item_RJD = item_RTCD.flatten(1, 2)  # J = T * C: every position's candidates one after the other
        keep_JM = self._visible().repeat_interleave(item_RTCD.shape[2], dim=-2)
        heads = [(self.pooling.weights(logit.mT, keep_JM), value) for logit, value in self._heads(item_RJD)]
        if scorer.linear:
            score_RJ = _sum((weight * scorer(value, item_RJD).mT).sum(dim=-1) for weight, value in heads)
        else:
            score_RJ = scorer.paired(_sum(weight @ value for weight, value in heads), item_RJD)
        return score_RJ.unflatten(1, item_RTCD.shape[1:3])

    def row_elements(self, scorer: Scorer) -> int:
        return self.bias_RHM.shape[1:].numel() * max(self.similarity.width, scorer.width)

    def _heads(self, item_CD: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """logit_RMC = f(k_m, q_c) + bias_m and value_RMD of each head; the memory comes first: time is the middle axis.

        Heads are taken one by one: candidates that all rows share then need one matrix product for all rows.
        """
        query_HCE = self.query(item_CD).chunk(self.key_RHME.shape[1], dim=-1)
        heads = (self.key_RHME.unbind(1), self.value_RHMD.unbind(1), self.bias_RHM.unbind(1))
        for query_CE, key_RME, value_RMD, bias_RM in zip(query_HCE, *heads, strict=True):
            yield self.similarity(key_RME, query_CE) + bias_RM.unsqueeze(-1), value_RMD

    def _newest_weights(self, logit_RMC: Tensor) -> Tensor:
        """weight_RCM at the newest position."""
        return self.pooling.weights(logit_RMC.mT, self.keep_RM.unsqueeze(1))

    def _score_head(self, logit_RMC: Tensor, value_RMD: Tensor, item_CD: Tensor, scorer: Scorer) -> Tensor:
        """score_RTC by a linear scorer."""
        score_RMC = scorer(value_RMD, item_CD)
        if self.every_position:
            return self.pooling.running(logit_RMC, score_RMC)[:, self._last_seen()]
        return (self._newest_weights(logit_RMC).mT * score_RMC).sum(dim=1, keepdim=True)

    def _contexts(self, item_CD: Tensor) -> Tensor:
        """context_RTCD of a few candidates."""
        return _sum(self._context_of_head(*head) for head in self._heads(item_CD))

    def _context_of_head(self, logit_RMC: Tensor, value_RMD: Tensor) -> Tensor:
        if not self.every_position:
            return (self._newest_weights(logit_RMC) @ value_RMD).unsqueeze(1)
        candidates, dim = logit_RMC.shape[-1], value_RMD.shape[-1]
        logit_RMX = logit_RMC.repeat_interleave(dim, dim=-1)  # X = C * D
        context_RMX = self.pooling.running(logit_RMX, value_RMD.repeat(1, 1, candidates))
        return context_RMX[:, self._last_seen()].unflatten(-1, (candidates, dim))

    def _last_seen(self) -> slice:
        """The last token that position 0, 1, ... sees."""
        return slice(self.first_tokens + self.tokens_per_item - 1, None, self.tokens_per_item)

    def _visible(self) -> Tensor:
        """bool: the tokens that each position sees, [T, M], or [R, 1, M] at the newest."""
        if not self.every_position:
            return self.keep_RM.unsqueeze(1)
        token_M = torch.arange(self.keep_RM.shape[1], device=self.keep_RM.device)
        return token_M <= token_M[self._last_seen()][:, None]

    def _parts(self, item_CD: Tensor) -> tuple[Tensor, ...]:
        """Candidates in parts whose contexts fit a chunk."""
        elements = self.value_RHMD.numel() * max(1, self.similarity.width // self.value_RHMD.shape[-1])
        return item_CD.split(rows_per_chunk(elements, item_CD.device))


def _sum(heads: Iterator[Tensor]) -> Tensor:
    """Without the pass over the first head that `sum` makes to add it to 0."""
    return reduce(torch.add, heads)
