"""No times: the order of a history is all that is known of it."""

from torch import Tensor

from recexp.attention.base import Visibility
from recexp.attention.time.base import Time


class NoTime(Time):
    """Nothing is added."""

    needs_time = False

    def __init__(self, *, num_heads: int) -> None:
        super().__init__()

    def bias(self, visibility: Visibility) -> Tensor | None:
        return None
