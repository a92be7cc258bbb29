"""Training and ranking speed of several configurations, measured alternately so that a busy machine hurts all alike.

    python scripts/benchmark.py dataset=ml-100k -- attention=transformer attention=item
    python scripts/benchmark.py dataset=ml-100k --loop "python loop.py --epochs 4" -- attention=transformer

Words before `--` are overrides of all configurations, each word after it is a configuration (several overrides: in one
word, with blanks). `--loop` is the command line of a program to compare with, which prints `positions/s <number>` and
`ranking <number> users/s`. Every measurement is a process of its own. Printed: the median over rounds, and the ratio to
the first row.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

EPOCHS = 4
COLUMNS = ["positions/s", "s/epoch", "users/s"]


def measure(overrides: list[str]) -> dict[str, float]:
    """Median epoch of a real training through the Trainer, and one ranking of all test users."""
    import torch
    from hydra.utils import instantiate

    from recexp.config.compose import compose
    from recexp.data.prepare import prepare
    from recexp.experiment import build_data, build_module, run

    with tempfile.TemporaryDirectory() as runs:
        cfg = compose(*overrides, "logger=none", f"paths.runs={runs}", f"trainer.max_epochs={EPOCHS}")
        record = run(cfg)
        data, _ = build_data(cfg, prepare(instantiate(cfg.dataset), cache=Path(cfg.paths.cache).expanduser()))
    module = build_module(cfg, data, run_hash="").eval()
    with torch.inference_mode():
        start = time.perf_counter()
        for number, batch in enumerate(data.test_dataloader()):
            module.test_step(batch, number)
        seconds = time.perf_counter() - start
    speed = record.metrics["train/positions_per_s"]
    return {
        "positions/s": speed,
        "s/epoch": data.windows.num_targets() / speed,
        "users/s": len(data.test) / seconds,
    }


def measure_loop(command: str) -> dict[str, float]:
    printed = subprocess.run(shlex.split(command), check=True, capture_output=True, text=True).stdout
    speed, users = (
        float(re.search(pattern, printed)[1])
        for pattern in (r"positions/s\s+([\d.]+)", r"ranking\s+([\d.]+)\s+users/s")
    )
    return {"positions/s": speed, "s/epoch": float("nan"), "users/s": users}


def measure_apart(overrides: list[str]) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", *overrides]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loop", help="command line of a program to compare with")
    parser.add_argument("overrides", nargs="*", help="of all configurations")
    place = sys.argv.index("--")
    options, configurations = parser.parse_intermixed_args(sys.argv[1:place]), sys.argv[place + 1 :]
    rows = []
    for number in range(options.rounds):
        for words in configurations:
            rows.append({"": words, "round": number, **measure_apart([*options.overrides, *words.split()])})
        if options.loop:
            rows.append({"": options.loop, "round": number, **measure_loop(options.loop)})
    frame = pd.DataFrame(rows)
    median = frame.groupby("", sort=False)[COLUMNS].median()
    ratio = (median / median.iloc[0]).add_suffix(" ratio")
    print(frame.round(2).to_string(index=False))
    print()
    print(median.join(ratio).round(2).to_string())


if __name__ == "__main__":
    main()
