"""Transformer-XL: a Transformer that reads a history segment by segment, with a memory of the segments before.

Letters: B batch, L history, S segment, M segment and its memory, D embedding, H heads.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from recexp.attention.base import History, Visibility, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.attention.feed_forward.base import FeedForward
from recexp.attention.mixer.transformer_xl import TransformerXLMixer
from recexp.attention.position.base import Position
from recexp.attention.residual.base import Residual
from recexp.attention.time.none import NoTime
from recexp.attention.transformer import TransformerAttention
from recexp.attention.transformer_block import TransformerBlock
from recexp.checks import check_whole


class _Segment(NamedTuple):
    """One segment as a block sees it."""

    x_BSD: Tensor
    memory_BMD: Tensor
    visibility: Visibility
    first: int  # the history position of the first vector of the memory


class TransformerXLAttention(TransformerAttention):
    """A block reads a segment and, without gradients, what the block before made of the positions before the segment.

    Dai et al. (ACL 2019, section 3.2). A position sees the `memory_len` positions before its segment and those of its
    segment up to itself; over N blocks it draws on N memory_len earlier positions. Segments are counted from the oldest
    item of the history, and the memory is part of the same history, so it never crosses users. With a memory as long as
    the history, every output is that of one pass over the whole; gradients differ by what the memory holds back.
    Its mixer is that of `attention/mixer=transformer_xl`, whose logits depend on distances alone.
    O(L (segment_len + memory_len) D) instead of O(L^2 D).
    """

    def __init__(
        self,
        *,
        embedding_dim: int,
        max_history_len: int,
        dropout: float,
        num_blocks: int,
        num_heads: int,
        segment_len: int,
        memory_len: int,
        position: Callable[..., Position],
        feed_forward: Callable[..., FeedForward],
        residual: Callable[..., Residual],
    ) -> None:
        super().__init__(
            embedding_dim=embedding_dim,
            max_history_len=max_history_len,
            dropout=dropout,
            num_blocks=num_blocks,
            num_heads=num_heads,
            position=position,
            mixer=TransformerXLMixer,
            feed_forward=feed_forward,
            residual=residual,
            time=NoTime,
        )
        check_whole("attention.segment_len", segment_len, least=1)
        check_whole("attention.memory_len", memory_len, least=0)
        self.segment_len, self.memory_len = segment_len, memory_len
        self.bidirectional = False

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        x_BLD = self.drop(self.position.add(history.item_BLD))
        for block in self.blocks:
            parts = [self._out(block, segment) for segment in self._segments(x_BLD)]
            x_BLD = torch.cat(parts, dim=1)
        context_BLD = self.norm(x_BLD)
        return Contexts(context_BLD if every_position else history.at_last(context_BLD))

    def weights(self, history: History, item_CD: Tensor) -> Weights | None:
        """The heads of the last block; 0 for what lies before the memory."""
        x_BLD = self.drop(self.position.add(history.item_BLD))
        *others, last = self.blocks
        for block in others:
            x_BLD = torch.cat([self._out(block, segment) for segment in self._segments(x_BLD)], dim=1)
        assert isinstance(last, TransformerBlock)
        found = []
        for segment in self._segments(x_BLD):
            weight_BHSM = last.weights(segment.x_BSD, segment.memory_BMD, segment.visibility, self.position)
            if weight_BHSM is None:
                return None
            behind = x_BLD.shape[1] - segment.first - weight_BHSM.shape[-1]
            found.append(F.pad(weight_BHSM, (segment.first, behind)))
        weight_BHLL = torch.cat(found, dim=2)
        index_BH1L = history.last_B()[:, None, None, None].expand(-1, weight_BHLL.shape[1], 1, weight_BHLL.shape[-1])
        return shared_weights(weight_BHLL.gather(2, index_BH1L).squeeze(2))

    def _out(self, block: torch.nn.Module, segment: _Segment) -> Tensor:
        out_BSD: Tensor = block(segment.x_BSD, segment.memory_BMD, segment.visibility, self.position)
        return out_BSD

    def _segments(self, x_BLD: Tensor) -> list[_Segment]:
        segments = []
        for start in range(0, x_BLD.shape[1], self.segment_len):
            own_BSD = x_BLD[:, start : start + self.segment_len]
            first = max(0, start - self.memory_len)
            memory_BMD = torch.cat([x_BLD[:, first:start].detach(), own_BSD], dim=1)
            place_1S = torch.arange(start - first, memory_BMD.shape[1], device=x_BLD.device)[None]
            keep_1SM = place_1S.unsqueeze(2) >= torch.arange(memory_BMD.shape[1], device=x_BLD.device)
            segments.append(_Segment(own_BSD, memory_BMD, Visibility(keep_1SM, place_1S), first))
        return segments
