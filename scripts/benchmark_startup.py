"""python scripts/benchmark_startup.py [jobs]: from `recexp train` to the first training step, and a sweep of tiny jobs.

Prints where the time goes: imports (the heaviest by themselves), then what runs until the first step.
"""

import os
import subprocess
import sys
import tempfile
import time

TINY = ["logger=none", "trainer.max_epochs=1", "trainer.limit_train_batches=1", "trainer.accelerator=cpu"]
FIRST_STEP = """
import sys, time
begin = float(sys.argv.pop(1))
marks = [("interpreter", time.time())]
from recexp.cli import main
import recexp.commands.train
marks.append(("hydra", time.time()))
import recexp.experiment
marks.append(("torch, lightning, recexp", time.time()))
from recexp.training.module import RecommenderModule
step = RecommenderModule.training_step
def first(self, batch, batch_idx):
    marks.append(("compose, check, data, model", time.time()))
    for (name, end), start in zip(marks, [begin, *(end for _, end in marks)]):
        print(f"{name:<28}{end - start:6.2f} s")
    print(f"{'first training step after':<28}{time.time() - begin:6.2f} s")
    print(f"{'of which this process worked':<28}{time.process_time():6.2f} s", flush=True)
    RecommenderModule.training_step = step
    return step(self, batch, batch_idx)
RecommenderModule.training_step = first
main(["train", *sys.argv[1:]])
"""


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"RECEXP_RUNS": f"{folder}/runs", "RECEXP_CACHE": f"{folder}/cache"}
        for state in ("empty", "filled"):
            print(f"one run, {state} cache of data")
            command = [sys.executable, "-c", FIRST_STEP, str(time.time()), *TINY, f"seed={len(state)}"]
            _show(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        _heaviest_imports()
        for number in (1, jobs):
            begin = time.time()
            sweep = ["train", "-m", *TINY, "attention=mean", f"seed=range({number * 100},{number * 101})"]
            subprocess.run([sys.executable, "-m", "recexp", *sweep], capture_output=True, check=True)
            print(f"a sweep of {number} tiny jobs: {time.time() - begin:.1f} s")


def _show(text: str) -> None:
    print("".join(f"  {line}\n" for line in text.splitlines() if line.endswith(" s")), end="")


def _heaviest_imports(shown: int = 8) -> None:
    command = [sys.executable, "-X", "importtime", "-c", "import recexp.experiment"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()
    own: dict[str, float] = {}
    for line in lines:
        microseconds, _, name = line.removeprefix("import time:").split("|")
        if microseconds.strip().isdigit():
            package = name.strip().partition(".")[0]
            own[package] = own.get(package, 0) + int(microseconds) / 1e6
    print("imports, by package")
    for package, seconds in sorted(own.items(), key=lambda item: -item[1])[:shown]:
        print(f"  {package:<26}{seconds:6.2f} s")


if __name__ == "__main__":
    main()
