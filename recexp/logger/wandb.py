"""Weights & Biases: online when logged in, else offline; no prompt, and no crash without network."""

import logging
import netrc
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from pytorch_lightning.loggers import WandbLogger

from recexp.identity import result_config, run_label
from recexp.logger.base import ExperimentLogger
from recexp.results import RunFolder

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 30.0  # to reach the server, and to hand it the rest at the end
HOSTS = ("api.forge.coreweave.com", "api.wandb.ai")  # the public server, under its names since and before wandb 0.31


class WandB(ExperimentLogger):
    """One W&B run a job (T22); its id is the run's hash, so that a resumed job goes on in the same one.

    project, entity, group: as in `wandb.init`; group null = the pinned experiment's name, or the run's label.
    """

    unreachable = False  # shared by all jobs of a process: a sweep waits for an absent network once
    run: Any = None

    def __init__(self, *, project: str, entity: str | None, group: str | None) -> None:
        self.project, self.entity, self.group = project, entity, group

    def start(self, cfg: DictConfig, folder: RunFolder) -> WandbLogger | None:
        """None, with a warning, when W&B does not start."""
        try:
            self.run = self._init(cfg, folder)
        except Exception as error:  # whatever fails there must not cost the training
            log.warning("W&B did not start (%s); the curve is kept in %s", error, folder.history)
            WandB.unreachable = True
            return None
        if self.run.settings._offline:
            log.info("W&B is offline; upload this run with: wandb sync %s", Path(self.run.dir).parent)
        return WandbLogger(experiment=self.run)

    def _init(self, cfg: DictConfig, folder: RunFolder) -> Any:
        import wandb

        run = wandb.init(
            project=self.project,
            entity=self.entity,
            group=self.group or pinned_experiment() or run_label(cfg),
            name=f"{run_label(cfg)} seed{cfg.seed}",
            id=folder.hash,
            resume="allow" if folder.last.exists() else None,  # None: an earlier run of this id is written over
            tags=list(cfg.tags),
            config=result_config(cfg),
            dir=folder.path,
            mode="offline" if self._must_stay_offline() else None,
            reinit="create_new",
            settings=wandb.Settings(
                silent=True, console="off", init_timeout=TIMEOUT_SECONDS, finish_timeout=TIMEOUT_SECONDS
            ),
        )
        run.define_metric("trainer/global_step")
        run.define_metric("*", step_metric="trainer/global_step", step_sync=True)
        return run

    def _must_stay_offline(self) -> bool:
        """WANDB_MODE decides, except that online needs a key (W&B would ask for it) and a server."""
        goes_online = os.environ.get("WANDB_MODE", "online") == "online"
        return goes_online and (WandB.unreachable or not logged_in())

    def finish(self, metrics: dict[str, float]) -> None:
        if self.run is None:
            return
        try:
            self.run.summary.update(metrics)
            self.run.finish(exit_code=0 if metrics else 1)
        except Exception as error:  # as in `start`
            log.warning("W&B did not finish (%s); the results are in the run folder", error)


def pinned_experiment() -> str | None:
    """The choice of `experiment=`, where Hydra composed the running job."""
    return HydraConfig.get().runtime.choices.get("experiment") if HydraConfig.initialized() else None


def logged_in() -> bool:
    """Whether there is a W&B key, in WANDB_API_KEY or in the netrc file that `wandb login` writes. No network."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    own = os.environ.get("WANDB_BASE_URL")
    try:
        keys = netrc.netrc(os.environ.get("NETRC"))
        return any(host in keys.hosts for host in ([urlsplit(own).netloc] if own else HOSTS))
    except (OSError, netrc.NetrcParseError):
        return False
