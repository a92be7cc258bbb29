"""recexp results [key=value ...]: show finished runs as a leaderboard, with mean and standard deviation over seeds.

dataset=  recommender=  objective=  attention=  scorer=  loss=  seed=    only such runs; several values with commas
sort=test/ndcg@10                                            best first; without it, by what all runs have measured
metrics=[test/hr@10,test/ndcg@10,train/seconds]              the columns
format=table|csv|markdown
paths.runs=FOLDER                                            where the runs are
"""

import logging
import sys
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from yaml import YAMLError

from recexp.config.compose import compose, conf_dir
from recexp.config.explanations import unknown_key
from recexp.errors import ConfigError, suggest
from recexp.logs import log_to_console
from recexp.runs.folder import RunFolder
from recexp.runs.leaderboard import default_sort, leaderboard, metrics_beside, select_runs
from recexp.runs.rendering import PRINTERS, print_blocks

FILTERS = ("dataset", "recommender", "objective", "attention", "scorer", "loss", "seed")


def main(arguments: list[str]) -> int:
    log_to_console(logging.WARNING)
    options = _options([argument for argument in arguments if not argument.startswith("paths.")])
    if str(options.format) not in PRINTERS:
        raise ConfigError(f"format: got {options.format!r}. {suggest(str(options.format), PRINTERS)}")
    runs = Path(compose(*(argument for argument in arguments if argument.startswith("paths."))).paths.runs).expanduser()
    frame = select_runs(runs, {name: _filter(options[name]) for name in FILTERS})
    _report_others(runs)
    if frame.empty:
        print(f"no finished runs in {runs}")
        return 0
    sort = default_sort(frame) if options.sort is None else str(options.sort)
    metrics = metrics_beside(frame, sort) if options.metrics is None else _several(options.metrics)
    print_blocks(leaderboard(frame, metrics, sort=sort), str(options.format))
    return 0


def _several(value: Any) -> list[str]:
    """The values of an option that takes one, several with commas, or a list."""
    return list(map(str, value)) if isinstance(value, ListConfig) else str(value).split(",")


def _filter(value: Any) -> list[str] | None:
    return None if value is None else _several(value)


def _report_others(runs: Path) -> None:
    """Reports failed and unfinished runs on standard error, so that a redirected table does not contain the line."""
    others = [folder for folder in runs.glob("*/*/seed*-*") if not RunFolder(folder).record.exists()]
    failed = sum(RunFolder(folder).failure.exists() for folder in others)
    kinds = {
        "failed (failure.json in the folder says why)": failed,
        "unfinished (running, or stopped: repeat its command to continue)": len(others) - failed,
    }
    if others:
        print("not in the table:", ", ".join(f"{n} {kind}" for kind, n in kinds.items() if n), file=sys.stderr)


def _options(arguments: list[str]) -> DictConfig:
    known = OmegaConf.load(conf_dir() / "results.yaml")
    assert isinstance(known, DictConfig)
    for argument in arguments:
        key, given, _ = argument.partition("=")
        if not given or key not in (*known, "debug"):
            raise ConfigError(unknown_key(key, [*map(str, known), "paths.runs"]))
    try:
        return OmegaConf.merge(known, OmegaConf.from_dotlist(arguments))  # type: ignore[return-value]
    except YAMLError as error:
        raise ConfigError(f"cannot read {' '.join(arguments)!r}: {' '.join(str(error).split())}") from error
