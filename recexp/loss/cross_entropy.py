"""Cross-entropy over the full catalogue.

Letters: R encoded rows, T positions, N items.
"""

from torch import Tensor
from torch.nn import functional as F

from recexp.errors import ConfigError
from recexp.loss.base import Loss
from recexp.loss.positions import Positions


class CrossEntropyLoss(Loss):
    """-log softmax over all N items of the target's score; the padding item is no class (T14).

    label_smoothing: share of the target's mass spread over the catalogue (Szegedy et al., CVPR 2016, section 7).
    """

    def __init__(self, *, label_smoothing: float) -> None:
        super().__init__()
        if not 0 <= label_smoothing < 1:
            raise ConfigError(f"loss.label_smoothing: got {label_smoothing}, expected 0 <= label_smoothing < 1")
        self.label_smoothing = label_smoothing

    def forward(self, positions: Positions) -> Tensor:
        item_ND = positions.items.catalogue()
        return positions.chunked_sum(self._chunk, shared=(item_ND,), candidates=len(item_ND))

    def _chunk(self, positions: Positions, item_ND: Tensor) -> Tensor:
        return F.cross_entropy(
            positions.score_catalogue(item_ND).float().flatten(0, 1),
            positions.target_RT.flatten() - 1,
            ignore_index=-1,
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )
