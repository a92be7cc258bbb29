import mmap
from pathlib import Path

import pytest
import torch

from recexp.training.peak_memory import forget_peak_memory, peak_memory_mb

SIZE = 200_000_000


@pytest.mark.skipif(torch.cuda.is_available(), reason="the peak is the GPU's")
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak can be reset on Linux only")
def test_the_peak_does_not_include_what_was_freed_before_the_reset():
    with mmap.mmap(-1, SIZE) as pages:  # unlike an array, given back to the system whatever the allocator's settings
        pages.write(b"\1" * SIZE)
        held = peak_memory_mb()
    forget_peak_memory()
    assert peak_memory_mb() < held - SIZE / 1e6 / 2
