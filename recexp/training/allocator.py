"""Tells the C library what to do with freed memory: keep it for the next training step, or return it when ranking."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
TRAINING_BYTES, RANKING_BYTES = 1 << 30, 1 << 24


def keep_freed_memory() -> None:
    """For training on CPU: a step frees and asks for the same large tensors again, and fresh pages for each of them
    cost about a fifth of the step.
    """
    _set_thresholds(TRAINING_BYTES)


def return_freed_memory() -> None:
    """For ranking: tensors of 16 MB and more come from the system and go back to it. On the heap, whatever is
    allocated between two of them stays in the hole of the first, and the heap grows with every batch (T35).
    """
    _set_thresholds(RANKING_BYTES)


def _set_thresholds(size: int) -> None:
    """Sets both of glibc's thresholds (see mallopt(3)), which also ends their automatic growth; nothing elsewhere."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, size)
        mallopt(M_TRIM_THRESHOLD, size)
