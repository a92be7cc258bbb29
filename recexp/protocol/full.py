"""Full ranking: every item is a candidate, seen ones left out unless told otherwise."""

from pathlib import Path

import numpy as np

from recexp.data.interactions import Interactions
from recexp.protocol.base import Period, Protocol
from recexp.split.base import SplitRows


class FullProtocol(Protocol):
    """filter_seen: leave out every item of the user's whole earlier history (T13), the target excepted."""

    def __init__(self, *, filter_seen: bool) -> None:
        self.filter_seen = filter_seen

    def candidates(
        self, interactions: Interactions, rows: SplitRows, targets: np.ndarray, period: Period, cache: Path, key: str
    ) -> np.ndarray | None:
        return None

    def describe(self) -> str:
        return f"full catalogue, seen items {'left out' if self.filter_seen else 'kept'}"
