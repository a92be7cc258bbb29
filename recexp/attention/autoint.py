"""AutoInt: user, candidate and history as fields that attend to one another.

Letters: B batch, L history, R rows, T positions, C candidates, X any leading axes, H heads, E head size, D embedding.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.attention.base import USER_TOKEN, Attention, History, Weights
from recexp.attention.candidate_contexts import CandidateContexts
from recexp.attention.mixer.base import join_heads, split_heads
from recexp.attention.transformer import check_heads
from recexp.checks import check_whole
from recexp.nn.embedding import init_linear_layers
from recexp.scorer.base import Scorer

USER, CANDIDATE, HISTORY = range(3)  # the fields
NUM_FIELDS = 3


class AutoIntAttention(Attention):
    """Fields e_1, e_2, e_3: the user u, the candidate q_c and the history, which is the mean of x_l over l <= t.

        e_m <- ReLU(sum over fields k of a_mk V e_k (heads side by side) + W e_m),   a_m. = softmax of (Q e_m) . (K e_k)

    num_layers times, then context(c, t) = W_o [e_1; e_2; e_3] + b. Automatic feature interaction learning (Song et al.,
    CIKM 2019, eq. 5-10). The paper scores by a linear layer over the fields; here it gives a context, which the scorer
    compares with the candidate. Its fields are those of a table of clicks without a history; the mean of the history
    is added, so that what is compared with history attention has seen the history too. Side information is fused into
    user and items before (`fusion`) and is no field of its own.
    The candidate is a field, so each candidate has its own context at each position: O(num_layers D^2) for both.
    """

    needs_user = True

    def __init__(self, *, embedding_dim: int, num_layers: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        check_whole("attention.num_layers", num_layers, least=1)
        check_heads(num_heads, embedding_dim)
        layers = [InteractingLayer(embedding_dim=embedding_dim, num_heads=num_heads) for _ in range(num_layers)]
        self.layers = nn.ModuleList(layers)
        self.output = nn.Linear(NUM_FIELDS * embedding_dim, embedding_dim)
        self.drop = nn.Dropout(dropout)
        init_linear_layers(self.output)

    def encode(self, history: History, *, every_position: bool) -> "AutoIntContexts":
        assert history.user_BD is not None
        count_L1 = torch.arange(1, history.item_BLD.shape[1] + 1, device=history.item_BLD.device).unsqueeze(-1)
        mean_BTD = history.item_BLD.cumsum(dim=1) / count_L1
        if not every_position:
            mean_BTD = history.at_last(mean_BTD)
        user_BTD = self.drop(history.user_BD).unsqueeze(1).expand_as(mean_BTD)
        layers = cast(Sequence[InteractingLayer], self.layers)
        return AutoIntContexts(user_BTD, self.drop(mean_BTD), layers, self.output)

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        """The candidate's own of the last layer. That of the history is spread evenly over its items; that of the
        candidate itself is left out, so that the weights sum to less than 1."""
        weight_BCHM = self.encode(history, every_position=False).last_weights(item_CD).squeeze(1)[..., CANDIDATE, :]
        keep_BL = history.keep_BL()
        share_BL = keep_BL / keep_BL.sum(dim=1, keepdim=True)
        of_item_BCHL = weight_BCHM[..., [HISTORY]] * share_BL[:, None, None]
        position_L = torch.arange(keep_BL.shape[1], device=item_CD.device)
        return Weights(
            torch.cat([weight_BCHM[..., [USER]], of_item_BCHL], dim=-1),
            torch.cat([position_L.new_tensor([USER_TOKEN]), position_L]),
        )


class InteractingLayer(nn.Module):
    """Self-attention over fields with a ReLU residual (eq. 5-8): inner products without scale, no biases."""

    def __init__(self, *, embedding_dim: int, num_heads: int) -> None:
        super().__init__()
        self.head_dim = embedding_dim // num_heads
        self.query = nn.Linear(embedding_dim, embedding_dim, bias=False)
        self.key = nn.Linear(embedding_dim, embedding_dim, bias=False)
        self.value = nn.Linear(embedding_dim, embedding_dim, bias=False)
        self.residual = nn.Linear(embedding_dim, embedding_dim, bias=False)

    def forward(self, field_XMD: Tensor) -> Tensor:
        """[X, M, D] -> [X, M, D]."""
        value_XHME = split_heads(self.value(field_XMD), self.head_dim)
        return F.relu(join_heads(self.weights(field_XMD) @ value_XHME) + self.residual(field_XMD))

    def weights(self, field_XMD: Tensor) -> Tensor:
        """[X, H, M, M]."""
        query_XHME = split_heads(self.query(field_XMD), self.head_dim)
        key_XHME = split_heads(self.key(field_XMD), self.head_dim)
        return (query_XHME @ key_XHME.mT).softmax(dim=-1)


@dataclass(frozen=True)
class AutoIntContexts(CandidateContexts):
    """Each position by itself: one that is no target is left out before any candidate is looked at."""

    user_RTD: Tensor
    history_RTD: Tensor
    layers: Sequence[InteractingLayer]
    output: nn.Linear

    def tensors(self) -> tuple[Tensor, ...]:
        return self.user_RTD, self.history_RTD

    def with_tensors(self, tensors: Sequence[Tensor]) -> "AutoIntContexts":
        user_RTD, history_RTD = tensors
        return replace(self, user_RTD=user_RTD, history_RTD=history_RTD)

    def at_targets(self, target_BL: Tensor) -> tuple["AutoIntContexts", Tensor]:
        """The positions with a target alone: R targets, T = 1."""
        real_BL = target_BL > 0
        rows = [tensor[real_BL].unsqueeze(1) for tensor in self.tensors()]
        return self.with_tensors(rows), target_BL[real_BL].unsqueeze(1)

    def contexts(self, item: Tensor) -> Tensor:
        field_RTCMD = self._in_places(self.layers[-1](self._before_last(item)))
        return self.output(field_RTCMD.flatten(-2))

    def last_weights(self, item: Tensor) -> Tensor:
        """weight_RTCHMM of the last layer."""
        return self._in_places(self.layers[-1].weights(self._before_last(item)))

    def row_elements(self, scorer: Scorer) -> int:
        _, positions, dim = self.user_RTD.shape
        return positions * max(NUM_FIELDS * dim, scorer.width)

    def _before_last(self, item: Tensor) -> Tensor:
        """field_XMD that the last layer reads, X = R * T * C."""
        vectors = torch.broadcast_tensors(self.user_RTD.unsqueeze(2), item, self.history_RTD.unsqueeze(2))
        field_XMD = torch.stack(vectors, dim=-2).flatten(0, 2)
        for layer in self.layers[:-1]:
            field_XMD = layer(field_XMD)
        return field_XMD

    def _in_places(self, x_X: Tensor) -> Tensor:
        """[X, ...] -> [R, T, C, ...]."""
        return x_X.unflatten(0, (*self.user_RTD.shape[:2], -1))
