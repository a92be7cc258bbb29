"""recexp data [dataset=NAME] [dataset.KEY=value ...]: fetch, check and prepare a dataset; print and keep its card.

Without a dataset it lists all known datasets: published counts, terms, and whether they are on this machine.

  dataset=NAME                       the dataset; it is downloaded if it is missing and its owners permit it
  dataset.path=FILE                  your own file, for dataset=csv, parquet, sequences or histories
  dataset.min_rating=X               drop interactions with a lower rating
  dataset.k_core=K                   drop users and items with fewer than K interactions, until none is left
  dataset.url=ADDRESS                download from a mirror
  paths.data=FOLDER                  where raw files are
  paths.cache=FOLDER                 where prepared datasets are kept
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
        "Counts are the published ones, before the filters.",
        f"Here: yes, found in {folder} (paths.data, or the environment variable RECEXP_DATA); on demand, downloaded by "
        "recexp data dataset=NAME; by hand, because its owners want you to download it; your own, dataset.path=FILE.",
    ):
        out.print(plain(line), soft_wrap=True)
