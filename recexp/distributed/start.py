"""Starts the other ranks of a run on this machine.

Lightning would repeat the command line, which may be that of a whole sweep (T25). Here each rank is a process that
reads the run's own config.yaml and works on that run only.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path

import torch
from lightning_fabric.plugins.environments.lightning import find_free_network_port
from omegaconf import DictConfig, open_dict
from torch import distributed as dist

from recexp.config.dry_run import processes_to_start
from recexp.errors import RecexpError, RunError

GRACE_SECONDS = 10  # time for a rank to end after the first rank has ended


@contextmanager
def other_ranks(cfg: DictConfig, config: Path) -> Iterator[None]:
    """Runs the other ranks while the block runs. Starts none with one device, or where torchrun or srun started them.

    config: the run's config.yaml, which each rank reads; a rank's output goes to rank<k>.log in the same folder.
    Raises RunError with the last line that a failed rank wrote.
    """
    ranks = processes_to_start(cfg.trainer)
    if ranks == 1:
        yield
        return
    here = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(find_free_network_port()), "NODE_RANK": "0"}
    logs = [config.parent / f"rank{rank}.log" for rank in range(1, ranks)]
    with _environment(here | {"LOCAL_RANK": "0"}), _threads(max(1, torch.get_num_threads() // ranks)):
        others = [_start(config, rank, log) for rank, log in enumerate(logs, start=1)]
        try:
            yield
            _end(others, logs)
        except Exception as error:
            _explain(error, others, logs)
            raise
        finally:
            for process in others:
                process.kill()
            if dist.is_initialized():
                dist.destroy_process_group()


def in_one_process(cfg: DictConfig) -> DictConfig:
    """`cfg` changed to a single process, for work that needs no other ranks, such as evaluation."""
    if processes_to_start(cfg.trainer) == 1:
        return cfg
    alone = deepcopy(cfg)
    with open_dict(alone):
        alone.trainer.update({"devices": 1, "num_nodes": 1, "strategy": "auto"})
    return alone


def _start(config: Path, rank: int, log: Path) -> subprocess.Popen:
    """Starts a rank that can import what this process can. Its output goes to `log`."""
    environment = os.environ | {"LOCAL_RANK": str(rank), "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.setdefault("OMP_NUM_THREADS", str(torch.get_num_threads()))
    command = [sys.executable, "-m", "recexp.commands.worker_rank", str(config)]
    with log.open("w") as stream:
        return subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT
        )


def _end(others: Sequence[subprocess.Popen], logs: Sequence[Path]) -> None:
    """Waits for the ranks, which end at the same time as this one, and removes their logs."""
    for process in others:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=GRACE_SECONDS)
    for log in logs:
        log.unlink()


def _explain(error: Exception, others: Sequence[subprocess.Popen], logs: Sequence[Path]) -> None:
    """Raises RunError if another rank failed, which this rank only notices as a lost connection."""
    if isinstance(error, RecexpError):
        return
    for rank, (process, log) in enumerate(zip(others, logs, strict=True), start=1):
        try:
            code = process.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        if code != 0:
            words = log.read_text().strip().splitlines() or [f"exit code {code}"]
            last = words[-1].removeprefix(f"[rank{rank}]: ")
            raise RunError(f"rank {rank} of the run ended: {last} (its whole output is in {log})") from error


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
