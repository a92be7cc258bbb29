"""What an objective is: what is hidden and predicted in training, and what is asked when ranking.

Letters: B rows, L positions.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import Histories


class Objective(ABC):
    """causal: whether a position may see only itself and earlier positions; otherwise it sees the whole history.

    masks: whether histories hold hidden positions (item index MASK), for which the recommender learns a vector.
    """

    causal: ClassVar[bool]
    masks: ClassVar[bool]

    @abstractmethod
    def corrupt(self, batch: TrainingBatch) -> tuple[Histories, Tensor]:
        """What the model sees, and target_BL: int64, the item to predict at each position, 0 = none.

        Random choices are drawn from torch's global generator, which is seeded at each step.
        """

    @abstractmethod
    def query(self, histories: Histories) -> Histories:
        """The histories as they are asked for the next item, which is read at the last position of each row."""
