"""Keeps the memory a step frees for the next step, where the C library would give it back to the system."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
THRESHOLD_BYTES = 1 << 30


def keep_freed_memory() -> None:
    """Raises glibc's thresholds (see mallopt(3)); does nothing elsewhere.

    A training step on CPU frees and asks for the same large tensors again; fresh pages for each cost about a fifth
    of the step.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, THRESHOLD_BYTES)
        mallopt(M_TRIM_THRESHOLD, THRESHOLD_BYTES)
