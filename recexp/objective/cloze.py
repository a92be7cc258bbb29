"""Predict hidden items from both sides (Cloze task).

Letters: B rows, L positions.
"""

import torch
from torch import Tensor

from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import MASK, Histories, newest
from recexp.checks import check_share, check_whole
from recexp.errors import ConfigError
from recexp.objective.base import Objective


class Cloze(Objective):
    """BERT4Rec (Sun et al., CIKM 2019, sections 3.6 and 3.7): random targets are replaced by a mask and predicted.

    mask_probability: of each target. A row in which chance hides nothing gets its last target hidden.
    last_item_probability: of a row to have its last target hidden and nothing else, as when ranking (T18).
    max_history_len: positions of a row, the mask included; older items are left out.
    A hidden position keeps no time and no context of its own: it has those that the request would have, the time of
    the newest visible item before it and no context features.
    """

    causal = False
    masks = True

    def __init__(self, *, mask_probability: float, last_item_probability: float, max_history_len: int) -> None:
        check_share("objective.last_item_probability", last_item_probability)
        check_share("objective.mask_probability", mask_probability)
        check_whole("max_history_len", max_history_len, least=2)
        if mask_probability == 0:
            raise ConfigError("objective.mask_probability: got 0, expected a number above 0 and below 1")
        self.mask_probability, self.last_item_probability = mask_probability, last_item_probability
        self.max_history_len = max_history_len

    def corrupt(self, batch: TrainingBatch) -> tuple[Histories, Tensor]:
        windows = batch.windows.newest(self.max_history_len)
        hidden_BL = self._hidden(newest(batch.is_target_BL, batch.windows.length_B, self.max_history_len))
        return hide(windows, hidden_BL), windows.item_BL * hidden_BL

    def _hidden(self, is_target_BL: Tensor) -> Tensor:
        """bool: which targets are hidden; at least one of each row that has any."""
        place_L = torch.arange(is_target_BL.shape[1], device=is_target_BL.device)
        last_BL = is_target_BL & (place_L == (place_L * is_target_BL).amax(dim=1, keepdim=True))
        chance_BL = torch.rand(is_target_BL.shape, device=is_target_BL.device)
        drawn_BL = is_target_BL & (chance_BL < self.mask_probability)
        last_alone_B1 = torch.rand(len(is_target_BL), 1, device=is_target_BL.device) < self.last_item_probability
        return torch.where(last_alone_B1 | ~drawn_BL.any(dim=1, keepdim=True), last_BL, drawn_BL)

    def query(self, histories: Histories) -> Histories:
        """A mask behind the newest item, where BERT4Rec reads the next one."""
        kept = histories.newest(self.max_history_len - 1)

        def longer(tensor: Tensor) -> Tensor:
            return torch.cat([tensor, torch.zeros_like(tensor[:, :1])], dim=1)

        longer_by_one = kept.with_positions(longer, kept.length_B + 1)
        place_L = torch.arange(longer_by_one.item_BL.shape[1], device=kept.length_B.device)
        return hide(longer_by_one, place_L == kept.length_B[:, None])


def hide(histories: Histories, hidden_BL: Tensor) -> Histories:
    """hidden_BL: bool. A hidden position has the item MASK, the newest visible time before it, and zeros elsewhere.

    Where nothing visible comes before it, its time is the first visible one of the row, or 0.
    """

    def blank(tensor: Tensor) -> Tensor:
        return tensor.masked_fill(hidden_BL.view(*hidden_BL.shape, *(1,) * (tensor.ndim - 2)), 0)

    shown = histories.with_positions(blank, histories.length_B)
    time_BL = None if histories.time_BL is None else _visible_times(histories.time_BL, shown.item_BL > 0, hidden_BL)
    return shown._replace(item_BL=shown.item_BL.masked_fill(hidden_BL, MASK), time_BL=time_BL)


def _visible_times(time_BL: Tensor, visible_BL: Tensor, hidden_BL: Tensor) -> Tensor:
    """The times of the visible positions, each hidden one with the newest of them before it."""
    latest = torch.finfo(time_BL.dtype).max if time_BL.is_floating_point() else torch.iinfo(time_BL.dtype).max
    first_B1 = time_BL.masked_fill(~visible_BL, latest).amin(dim=1, keepdim=True)
    first_B1 = first_B1.masked_fill(~visible_BL.any(dim=1, keepdim=True), 0)
    return torch.where(hidden_BL, torch.where(hidden_BL, first_B1, time_BL).cummax(dim=1).values, time_BL)
