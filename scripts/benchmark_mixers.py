"""How the time and the memory of each mixer grow with the length of a history: one forward and backward pass.

    python scripts/benchmark_mixers.py                     # all mixers with the options of their yaml files, one thread
    python scripts/benchmark_mixers.py softmax local --lengths 512 1024 2048 4096

Printed as a Markdown table: milliseconds of processor time and megabytes (beyond those of the process before) for one
history of width 64 in two heads, and the exponents a of n^a, fitted to the four longest lengths: below them, the time
is that of starting operations. Every measurement is a process of its own. Linux only.
"""

import argparse
import ctypes
import math
import multiprocessing
import time
from functools import partial
from inspect import signature

import torch
from hydra.utils import instantiate
from torch import Tensor

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import Mixer
from recexp.attention.position.none import NoPosition
from recexp.attention.transformer import with_similarity, with_sizes
from recexp.config.compose import choices, compose
from recexp.training.peak_memory import forget_peak_memory, peak_memory_mb

EMBEDDING_DIM, NUM_HEADS = 64, 2
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096)
SHOWN, FITTED = 3, 4  # the longest lengths
SECONDS, REPEATS = 0.2, 5  # a measurement ends with the first of the two


def build(name: str, length: int) -> Mixer:
    node = compose(f"attention/mixer={name}").attention
    make = instantiate(node.mixer)
    takes_one = "similarity" in signature(make).parameters
    similarity = with_similarity(make, instantiate(node.similarity) if takes_one else None)
    sizes = with_sizes(make, num_heads=NUM_HEADS, max_history_len=length)
    return make(embedding_dim=EMBEDDING_DIM, **sizes, **similarity)


def step(mixer: Mixer, length: int) -> None:
    """Forward and backward, each position looking back."""
    x_BLD = torch.randn(1, length, EMBEDDING_DIM, requires_grad=True)
    time_BL = torch.arange(length)[None] ** 2
    visibility = Visibility(None, torch.arange(length)[None], time_BL)
    position = NoPosition(max_history_len=length, embedding_dim=EMBEDDING_DIM, num_heads=NUM_HEADS)
    out_BLD: Tensor = mixer(x_BLD, x_BLD, visibility, position)
    out_BLD.sum().backward()


def measure(name: str, length: int) -> tuple[float, float]:
    """Seconds of the fastest step, and megabytes of the first one."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    mixer = build(name, length)
    step(mixer, 16)  # what is loaded at the first use
    ctypes.CDLL(None).malloc_trim(0)  # what building has freed would serve the step
    forget_peak_memory()
    before, seconds = peak_memory_mb(), [timed(mixer, length)]
    memory = peak_memory_mb() - before
    while len(seconds) < REPEATS and sum(seconds) < SECONDS:
        seconds.append(timed(mixer, length))
    return min(seconds), memory


def timed(mixer: Mixer, length: int) -> float:
    """Seconds of the processor, so that other programs count little."""
    begin = time.process_time()
    step(mixer, length)
    return time.process_time() - begin


def exponent(lengths: list[int], values: list[float]) -> float:
    """a of the power law c n^a that is nearest by least squares of the logarithms."""
    x, y = [math.log(n) for n in lengths], [math.log(value) for value in values]
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True))
    return covariance / sum((a - x_mean) ** 2 for a in x)


def row(name: str, lengths: list[int]) -> list[str]:
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        measured = [pool.apply(partial(measure, name, length)) for length in lengths]
    seconds, memory = zip(*measured, strict=True)
    cells = [f"`{name}`", *(f"{1000 * value:.1f}" for value in seconds[-SHOWN:])]
    cells += [f"{exponent(lengths[-FITTED:], seconds[-FITTED:]):.2f}", *(f"{value:.1f}" for value in memory[-SHOWN:])]
    return [*cells, f"{exponent(lengths[-FITTED:], memory[-FITTED:]):.2f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mixers", nargs="*", default=choices("attention/mixer"))
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS)
    options = parser.parse_args()
    lengths = sorted(options.lengths)
    columns = [f"{n} ({unit})" for unit in ("ms", "MB") for n in lengths[-SHOWN:]]
    header = ["mixer", *columns[:SHOWN], "a (time)", *columns[SHOWN:], "a (memory)"]
    for cells in (header, ["---"] * len(header)):
        print(f"| {' | '.join(cells)} |")
    for name in options.mixers:
        print(f"| {' | '.join(row(name, lengths))} |", flush=True)


if __name__ == "__main__":
    main()
