"""recexp data [dataset=NAME] [dataset.KEY=value ...]: fetch, check and prepare a dataset; print and keep its card.

Without a dataset: lists all that are known, with published counts, terms, and whether they are on this machine.

dataset=NAME                       fetched where it is missing and its owners let us
dataset.path=FILE                  for dataset=csv, parquet, sequences, histories: your own file
dataset.min_rating=  dataset.k_core=    filters
dataset.url=ADDRESS                a mirror
paths.data=  paths.cache=          where raw files and prepared arrays lie
"""

import json
import logging
from pathlib import Path

from hydra.utils import instantiate
from omegaconf import DictConfig
from rich.table import Table

from recexp.config.arguments import check_arguments
from recexp.config.compose import compose_only, parse
from recexp.data.catalogue import entries
from recexp.data.prepare import prepare
from recexp.dataset.base import COUNTS
from recexp.files import write_atomically
from recexp.logs import log_to_console
from recexp.runs.rendering import NOTHING, console, plain


def main(arguments: list[str]) -> int:
    log_to_console(logging.INFO)
    cfg = compose_only(("dataset", "paths", "debug"), arguments)
    if any(override.key_or_group.split(".")[0] == "dataset" for override in parse(arguments)):
        _prepare(cfg)
    else:
        _list(cfg.paths)
    return 0


def _prepare(cfg: DictConfig) -> None:
    check_arguments(cfg.dataset, "dataset")
    cache = Path(cfg.paths.cache).expanduser()
    card = prepare(instantiate(cfg.dataset), cache=cache).card
    file = cache / "cards" / f"{card.name}-{card.sha256[:8]}.json"
    content = json.dumps(card.to_dict(), indent=2)
    write_atomically(file, lambda stream: stream.write(content.encode()))
    out = console()
    out.print(card)
    out.print(plain(f"kept in {file}"), soft_wrap=True)


def _list(paths: DictConfig) -> None:
    table = Table()
    for column in ("dataset", *COUNTS, "filters", "here", "licence"):
        whole = column == "dataset" or column in COUNTS
        table.add_column(column, justify="right" if column in COUNTS else "left", overflow="fold", no_wrap=whole)
    for entry in entries(paths):
        counts = [f"{entry.counts[name]:,}" if name in entry.counts else NOTHING for name in COUNTS]
        table.add_row(*map(plain, (entry.name, *counts, entry.filters, entry.where, entry.licence or NOTHING)))
    out = console()
    out.print(table)
    folder = Path(paths.data).expanduser().absolute()
    for line in (
        "Counts are published ones, before the filters.",
        f"Here: found in {folder} (paths.data, or the environment's RECEXP_DATA). On demand: recexp data dataset=NAME "
        "fetches it. By hand: its owners want you to fetch it. Your own: dataset.path=FILE.",
    ):
        out.print(plain(line), soft_wrap=True)
