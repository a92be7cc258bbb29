"""recexp train: run one experiment, or a sweep with -m.

Hydra composes the config, answers --help, --cfg and shell completion, and provides the grid and launchers of a sweep.
"""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from recexp.config.compose import check, conf_dir, parse
from recexp.logs import log_to_console

if TYPE_CHECKING:  # --help, --cfg and completion answer without torch
    from recexp.runs.record import RunRecord

ASKING = ("help", "hydra_help", "cfg", "info", "shell_completion")  # Hydra's flags that run no experiment


def main(arguments: list[str]) -> int:
    """Returns exit code 0, or 1 if jobs of a sweep failed. Raises the error of a single experiment."""
    flags = get_args_parser().parse_intermixed_args(arguments)
    parse(flags.overrides)
    if flags.multirun and not any(getattr(flags, name) for name in ASKING):
        from recexp.sweep.sweep import sweep

        return sweep(flags)
    return _single(arguments)


def _single(arguments: list[str]) -> int:
    errors: list[Exception] = []

    def job(cfg: DictConfig) -> None:
        try:
            check(cfg, HydraConfig.get().overrides.task)
            _print_result(cfg, _run(cfg))
        except Exception as error:  # kept from Hydra, which would print it itself
            errors.append(error)

    with _as_program(arguments):
        hydra.main(config_path=str(conf_dir()), config_name="train", version_base="1.3")(job)()
    if errors:
        raise errors[0]
    return 0


@contextmanager
def _as_program(arguments: Sequence[str]) -> Iterator[None]:
    """Sets sys.argv, which Hydra reads, and HYDRA_FULL_ERROR, which makes it raise errors instead of printing them."""
    argv, full_error = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = ["recexp", *arguments], "1"
    try:
        yield
    finally:
        sys.argv = argv
        if full_error is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full_error


def _run(cfg: DictConfig) -> "RunRecord":
    from recexp.distributed.rank import is_rank_zero
    from recexp.experiment import run

    log_to_console(logging.INFO if is_rank_zero() else logging.WARNING)
    return run(cfg)


def _print_result(cfg: DictConfig, record: "RunRecord") -> None:
    from recexp.distributed.rank import is_rank_zero
    from recexp.runs.rendering import console, costs, metrics_table, plain, protocol_in_words, verdicts

    if not is_rank_zero():
        return
    out = console()
    out.print(plain(f"{record.label} on {record.dataset}, seed {record.seed}"))
    out.print(metrics_table(record.metrics))
    out.print(plain(f"protocol  {protocol_in_words(record.protocol)}"), soft_wrap=True)
    for line in verdicts(cfg.expected, record.metrics):
        out.print(plain(f"expected  {line}"), soft_wrap=True)
    out.print(plain(f"cost      {costs(record.metrics)}"), soft_wrap=True)
    out.print(plain(f"run       {Path(cfg.paths.runs) / record.run}"), soft_wrap=True)
