"""Energy counters of processors and GPUs."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import torch

RAPL = Path("/sys/class/powercap")  # counters of Intel and AMD processors in microjoules; often only root may read them


class EnergyMeter:
    """Measures the energy that this machine's processors and GPUs spend, in joules.

    The counters belong to the machine, so other processes are included: the value is an upper bound of the run's own.
    """

    def __init__(self, rapl: Path = RAPL) -> None:
        self.rapl = rapl
        self.begin: dict[str, float] = {}

    def start(self) -> None:
        self.begin = dict(self._counters())

    def joules(self) -> float | None:
        """Energy spent since `start`; None on a machine without a readable counter."""
        now = dict(self._counters())
        spent = [(now[name] - before) % self._range(name) for name, before in self.begin.items() if name in now]
        return sum(spent) if spent else None

    def _counters(self) -> Iterator[tuple[str, float]]:
        for package in sorted(self.rapl.glob("intel-rapl:[0-9]*")):
            if package.name.count(":") == 1:  # a processor package; longer names are its parts
                with contextlib.suppress(OSError):
                    yield package.name, int((package / "energy_uj").read_text()) / 1e6
        yield from _gpus()

    def _range(self, name: str) -> float:
        """The value in joules at which the counter wraps around to 0."""
        file = self.rapl / name / "max_energy_range_uj"
        return int(file.read_text()) / 1e6 if file.exists() else float("inf")


def _gpus() -> Iterator[tuple[str, float]]:
    """Read through NVML, if `nvidia-ml-py` is installed and the GPU has an energy counter (Volta and newer)."""
    if not torch.cuda.is_available():
        return
    with contextlib.suppress(ImportError):
        import pynvml

        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlInit()
            for index in range(pynvml.nvmlDeviceGetCount()):
                handle = pynvml.nvmlDeviceGetHandleByIndex(index)
                yield f"gpu{index}", pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1e3
