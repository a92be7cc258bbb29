"""What a run costs beside time: memory at its peak, and energy where the machine counts it."""

import contextlib
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

RAPL = Path("/sys/class/powercap")  # the counters of Intel and AMD, one a package, in microjoules; often root's alone


def forget_peak_memory() -> None:
    """From here on the peak is that of the job that begins, not of those before it in the same process."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    with contextlib.suppress(OSError):  # Linux alone has it
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_mb() -> float:
    """MB the training device held at most: the accelerator's allocations, else this process's resident memory."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e6
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes on macOS, in KiB on Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


class EnergyMeter:
    """Joules of the processors and GPUs of this machine, whoever else uses them: an upper bound of the run's own."""

    def __init__(self, rapl: Path = RAPL) -> None:
        self.rapl = rapl
        self.begin: dict[str, float] = {}

    def start(self) -> None:
        self.begin = dict(self._counters())

    def joules(self) -> float | None:
        """Since `start`; None where nothing counts."""
        now = dict(self._counters())
        spent = [(now[name] - before) % self._range(name) for name, before in self.begin.items() if name in now]
        return sum(spent) if spent else None

    def _counters(self) -> Iterator[tuple[str, float]]:
        for package in sorted(self.rapl.glob("intel-rapl:[0-9]*")):
            if package.name.count(":") == 1:  # a package; deeper ones are its parts
                with contextlib.suppress(OSError):
                    yield package.name, int((package / "energy_uj").read_text()) / 1e6
        yield from _gpus()

    def _range(self, name: str) -> float:
        """Where a counter begins anew."""
        file = self.rapl / name / "max_energy_range_uj"
        return int(file.read_text()) / 1e6 if file.exists() else float("inf")


def _gpus() -> Iterator[tuple[str, float]]:
    """By NVML, where `nvidia-ml-py` is installed and the GPU counts (Volta and newer)."""
    if not torch.cuda.is_available():
        return
    with contextlib.suppress(ImportError):
        import pynvml

        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlInit()
            for index in range(pynvml.nvmlDeviceGetCount()):
                handle = pynvml.nvmlDeviceGetHandleByIndex(index)
                yield f"gpu{index}", pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1e3
