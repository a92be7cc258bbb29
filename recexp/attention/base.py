"""What an attention variant is: it encodes histories into rows that score candidates, and shows its weights.

Letters: B batch, L history, T query positions (L, or 1 for the newest alone), C candidates, H heads, M memory tokens,
F features of an item, D embedding.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from recexp.attention.encoded import Contexts, Encoded
from recexp.errors import ConfigError
from recexp.nn.masking import last_mask

USER_TOKEN = -1  # "position" of a memory token that stands for the user and no position of the history


class Visibility(NamedTuple):
    """Which positions of a history each query position sees, and where and when the query positions are.

    Similarities and mixers take keep_BTL as it is, None included.
    """

    keep_BTL: Tensor | None  # bool, broadcastable to [B, T, L]; None: each sees itself and earlier ones (causal, T = L)
    position_BT: Tensor  # int64: [1, L] for every position, [B, 1] for the newest of each row
    time_BL: Tensor | None = None  # of the history, as in `History`
    time_bias_BHTL: Tensor | None = None  # what `attention/time` adds to the logits

    def gap_BTL(self) -> Tensor:
        """The time from each item to the query position's own item, and never to the target (T29): [B, T, L].

        It is negative for later items, which only variants that read both sides see, and means nothing for padding.
        """
        assert self.time_BL is not None  # needs_time
        time_BT = self.time_BL.gather(1, self.position_BT.expand(len(self.time_BL), -1))
        return time_BT.unsqueeze(2) - self.time_BL.unsqueeze(1)


class History(NamedTuple):
    """What an attention sees: embedded histories, oldest item first, padded on the right."""

    item_BLD: Tensor  # fused vectors, zeros where padded
    item_BL: Tensor  # int64 item indices, 0 = padding, MASK = hidden
    length_B: Tensor  # int64, real positions of each row
    causal: bool  # whether a position sees only itself and earlier positions
    user_BD: Tensor | None = None  # for variants with needs_user
    time_BL: Tensor | None = None  # in the unit of the dataset, 0 = padding; None where there are no times
    feature_BLFD: Tensor | None = None  # the vectors of each item's features, for variants with needs_features

    def keep_BL(self) -> Tensor:
        """bool: the real positions; the first one of an empty history counts as real, so that rows stay finite."""
        return last_mask(self.length_B, self.item_BLD.shape[1])

    def last_B(self) -> Tensor:
        """int64: the newest position (0 for an empty history)."""
        return self.length_B.clamp(min=1) - 1

    def at_last(self, x_BLD: Tensor) -> Tensor:
        """The newest position of every row, [B, 1, D]."""
        return x_BLD.gather(1, self.last_B()[:, None, None].expand(-1, 1, x_BLD.shape[-1]))

    def visibility(self, *, every_position: bool) -> Visibility:
        """Of every position (T = L), or of the newest alone (T = 1)."""
        if not every_position:
            return Visibility(self.keep_BL().unsqueeze(1), self.last_B().unsqueeze(1), self.time_BL)
        position_1L = torch.arange(self.item_BLD.shape[1], device=self.item_BLD.device).unsqueeze(0)
        return Visibility(None if self.causal else self.keep_BL().unsqueeze(1), position_1L, self.time_BL)


class Weights(NamedTuple):
    """Attention weights at the newest position, for people to look at."""

    weight_BCHM: Tensor  # 0 where a token is padding; C and H have size 1 where all candidates, or heads, share them
    position_M: Tensor  # int64: the history position that each memory token stands for, or USER_TOKEN


class Attention(nn.Module, ABC):
    """A subclass implements `encode` and, where it has weights, `weights`; docs/extending.md has an example.

    needs_user: whether it reads the user's vector. needs_time: whether it reads the times, without which there is an
    error then. needs_features: whether it reads the vectors of features apart from the item's. bidirectional: whether
    it can read a history that is not causal (`objective=cloze`).
    """

    needs_user: bool = False
    needs_time: bool = False
    needs_features: bool = False
    bidirectional: bool = False

    @abstractmethod
    def encode(self, history: History, *, every_position: bool) -> Encoded:
        """`Contexts` (a vector for each position), `Memory` (tokens that each candidate weighs for itself), or
        `CandidateContexts` (a vector for each position and candidate).

        every_position: true in training, where each position is encoded and sees what history.causal says; false in
        ranking, where the newest position alone is (T = 1). The newest position scores the same either way.
        """

    def add_features(self, num_features: int) -> None:
        """Called once, before training, where items have `num_features` features. Passed on to attentions inside."""
        for child in self.children():
            if isinstance(child, Attention):
                child.add_features(num_features)

    def weights(self, history: History, item_CD: Tensor) -> Weights | None:
        """Of the newest position for the candidates item_CD; None where the variant has no weights."""
        return None


def contexts_of(encoder: Attention, history: History, *, every_position: bool) -> Tensor:
    """What an attention inside another one makes of a history: one vector for each position, [B, T, D].

    Raises ConfigError for an encoder that has none, because each candidate weighs the history for itself.
    """
    encoded = encoder.encode(history, every_position=every_position)
    if not isinstance(encoded, Contexts):
        raise ConfigError(
            f"attention.encoder: got {type(encoder).__name__}, in which each candidate weighs the history for itself; "
            "expected one that gives each position a vector, such as transformer, gru or user"
        )
    return encoded.context_RTD


def shared_weights(weight_BHL: Tensor) -> Weights:
    """`Weights` of a variant in which all candidates share the weights of the L positions."""
    return Weights(weight_BHL.unsqueeze(1), torch.arange(weight_BHL.shape[-1], device=weight_BHL.device))
