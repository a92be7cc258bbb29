"""The newest window of each training history, as in most public implementations."""

import numpy as np

from recexp.windows.base import WindowRule, Windows


class LastWindow(WindowRule):
    """SASRec's rule: only the newest max_history_len + 1 interactions of a user are learned from."""

    def __call__(self, start: np.ndarray, end: np.ndarray, max_history_len: int) -> Windows:
        kept = end - start >= 2
        window_start = np.maximum(end - max_history_len - 1, start)[kept]
        return Windows(window_start, end[kept], window_start + 1)
