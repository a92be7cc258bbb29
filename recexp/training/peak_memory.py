"""The peak memory of a run."""

import contextlib
import resource
import sys
from pathlib import Path

import torch


def forget_peak_memory() -> None:
    """Resets the peak, so that it is measured from here on and not over earlier jobs of the same process."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    with contextlib.suppress(OSError):  # only Linux has this file
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mb() -> float:
    """The peak in MB (1e6 bytes) of memory allocated on the GPU, or of this process's resident memory without a GPU."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e6
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes on macOS, in KiB on Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
