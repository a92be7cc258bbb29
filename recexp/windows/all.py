"""Windows over whole training histories. Each interaction except a user's first is a target exactly once."""

import numpy as np

from recexp.errors import ConfigError
from recexp.windows.base import WindowRule, Windows


class AllWindows(WindowRule):
    """Windows are cut from the newest interaction backwards, each with `stride` targets.

    stride: None means max_history_len, so that windows do not overlap. With a smaller stride, each target has at least
    max_history_len - stride earlier items in its window, if the history has that many.
    """

    def __init__(self, *, stride: int | None) -> None:
        self.stride = stride

    def __call__(self, start: np.ndarray, end: np.ndarray, max_history_len: int) -> Windows:
        stride = max_history_len if self.stride is None else self.stride
        if not 1 <= stride <= max_history_len:
            raise ConfigError(f"windows.stride: got {stride}, expected 1 ... max_history_len ({max_history_len})")
        targets = end - start - 1
        more = np.maximum(targets - max_history_len, 0)
        count = np.where(targets > 0, 1 + -(-more // stride), 0)  # ceil; the oldest window keeps all its targets
        user = np.repeat(np.arange(len(start)), count)
        number = np.arange(len(user)) - np.repeat(np.cumsum(count) - count, count)  # 0 = newest
        window_end = end[user] - number * stride
        window_start = np.maximum(window_end - max_history_len - 1, start[user])
        oldest = number == count[user] - 1
        first_target = np.where(oldest, window_start + 1, window_end - stride)
        return Windows(window_start, window_end, first_target)
