"""recexp data dataset=NAME [dataset.KEY=value ...]: fetch, check and prepare a dataset; print and keep its card.

dataset=NAME                       the default is embedded and needs no network
dataset.path=FILE                  for dataset=csv, sequences, histories: your own file
dataset.min_rating=  dataset.k_core=    filters
paths.data=  paths.cache=          where raw files and prepared arrays lie
"""

import json
import logging
from pathlib import Path

from hydra.utils import instantiate

from recexp.configuration import compose_only
from recexp.files import write_atomically
from recexp.interactions import prepare
from recexp.logs import log_to_console
from recexp.rendering import console


def main(arguments: list[str]) -> int:
    log_to_console(logging.INFO)
    cfg = compose_only(("dataset", "paths", "debug"), arguments)
    cache = Path(cfg.paths.cache).expanduser()
    card = prepare(instantiate(cfg.dataset), cache=cache).card
    file = cache / "cards" / f"{card.name}-{card.sha256[:8]}.json"
    content = json.dumps(card.to_dict(), indent=2)
    write_atomically(file, lambda stream: stream.write(content.encode()))
    out = console()
    out.print(card)
    out.print(f"kept in {file}", soft_wrap=True, markup=False)
    return 0
