"""The encoded positions of a batch beside their targets, and the scores of items at them: what a loss works on.

Letters: R encoded rows, T positions, C candidates, K items that all positions share, N items, P real targets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from recexp.attention.encoded import Encoded
from recexp.nn.chunking import chunked_sum, rows_per_chunk
from recexp.nn.embedding import ItemTable
from recexp.scorer.base import Scorer


@dataclass(frozen=True)
class Positions:
    """target_RT, user_RT: int64, the target and the user of each position; target 0 is no target.

    items: index -> vector; bias_N: added to the score of each item, None where there is none.
    parameters: everything that learns; the gradient of a chunk reaches them.
    """

    encoded: Encoded
    target_RT: Tensor
    user_RT: Tensor
    items: ItemTable
    scorer: Scorer
    bias_N: Tensor | None
    parameters: Sequence[nn.Parameter]

    def score_catalogue(self, item_ND: Tensor) -> Tensor:
        """score_RTN; item_ND: the vectors of the whole catalogue, `items.catalogue()`."""
        score_RTN = self.encoded.score(item_ND, self.scorer)
        return score_RTN if self.bias_N is None else score_RTN + self.bias_N

    def score_shared(self, item_K: Tensor) -> Tensor:
        """score_RTK of items (int64) that all positions share."""
        return self._with_bias(self.encoded.score(self.items(item_K), self.scorer), item_K)

    def score_own(self, item_RTC: Tensor) -> Tensor:
        """score_RTC of items (int64) of each position's own; 0 is no item, and its score means nothing."""
        return self._with_bias(self.encoded.score_own(self.items(item_RTC), self.scorer), item_RTC)

    def _with_bias(self, score: Tensor, item: Tensor) -> Tensor:
        return score if self.bias_N is None else score + self.bias_N[(item - 1).clamp(min=0)]

    def chunked_sum(
        self,
        loss: Callable[..., Tensor],
        *,
        own: Sequence[Tensor] = (),
        shared: Sequence[Tensor] = (),
        candidates: int,
    ) -> Tensor:
        """Sum over chunks of rows of `loss(chunk, *own of the chunk, *shared)`, with its gradient.

        chunk: `Positions` of some rows. own: tensors [R, ...]; shared: tensors that every chunk sees whole.
        candidates: how many a chunk scores for each row; it sizes the chunks.
        """
        encoded = self.encoded.tensors()

        def on_tensors(*tensors: Tensor) -> Tensor:
            rows, (target_RT, user_RT, *others) = tensors[: len(encoded)], tensors[len(encoded) :]
            part = replace(self, encoded=self.encoded.with_tensors(rows), target_RT=target_RT, user_RT=user_RT)
            return loss(part, *others)

        return chunked_sum(
            on_tensors,
            rows=(*encoded, self.target_RT, self.user_RT, *own),
            shared=shared,
            parameters=self.parameters,
            chunk_rows=rows_per_chunk(self.encoded.row_elements(self.scorer) * candidates, self.target_RT.device),
        )


def users_of_targets(user_B: Tensor, target_BL: Tensor, target_RT: Tensor) -> Tensor:
    """user_RT: the user of each target, 0 where there is none; encoding keeps the order of the real targets."""
    user_RT = torch.zeros_like(target_RT)
    user_RT[target_RT > 0] = user_B.unsqueeze(1).expand_as(target_BL)[target_BL > 0]
    return user_RT
