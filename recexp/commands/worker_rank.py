"""python -m recexp.commands.worker_rank CONFIG: one of the other ranks of a run; distributed/start.py calls it."""

import logging
import sys

from omegaconf import DictConfig, OmegaConf

from recexp.experiment import run
from recexp.logs import log_to_console


def main(config: str) -> None:
    cfg = OmegaConf.load(config)
    assert isinstance(cfg, DictConfig)
    log_to_console(logging.WARNING)
    run(cfg)


if __name__ == "__main__":
    main(sys.argv[1])
