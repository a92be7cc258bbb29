"""The newest window of each training history, as most public implementations do."""

import numpy as np

from recexp.windows.base import WindowRule, Windows


class LastWindow(WindowRule):
    """SASRec's own rule: interactions before the newest max_history_len + 1 are never learned from."""

    def __call__(self, start: np.ndarray, end: np.ndarray, max_history_len: int) -> Windows:
        kept = end - start >= 2
        window_start = np.maximum(end - max_history_len - 1, start)[kept]
        return Windows(window_start, end[kept], window_start + 1)
