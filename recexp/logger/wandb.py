"""Logs to Weights & Biases: online if logged in, else offline. Never prompts, and never fails without a network."""

import logging
import netrc
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from pytorch_lightning.loggers import WandbLogger

from recexp.logger.base import ExperimentLogger
from recexp.runs.folder import RunFolder
from recexp.runs.identity import result_config, run_label
from recexp.runs.leaderboard import Block
from recexp.runs.rendering import in_words

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 30.0  # to reach the server, and to upload the rest at the end
HOSTS = ("api.forge.coreweave.com", "api.wandb.ai")  # the public server; the second name is from before wandb 0.31


class WandB(ExperimentLogger):
    """One W&B run per job (T22). Its id is the run's hash, so a resumed job continues the same W&B run.

    Under an agent of a W&B sweep, the id is the one that the agent has chosen.
    project, entity: as in `wandb.init`. name: None = the run's label and seed. group: None = the name of the pinned
    experiment, else the run's label. log_checkpoint: whether to upload the best epoch's weights as an artifact.
    """

    unreachable = False  # shared by all jobs of a process, so that a sweep waits for a missing network only once
    run: Any = None
    folder: RunFolder

    def __init__(
        self, *, project: str, entity: str | None, name: str | None, group: str | None, log_checkpoint: bool
    ) -> None:
        self.project, self.entity, self.name, self.group = project, entity, name, group
        self.log_checkpoint = log_checkpoint

    def start(self, cfg: DictConfig, folder: RunFolder) -> WandbLogger | None:
        """Starts the W&B run; None, with a warning, if that fails."""
        self.folder = folder
        try:
            self.run = self._start(cfg, folder)
        except Exception as error:  # no failure of W&B may end the training
            log.warning("W&B did not start (%s); the curve is kept in %s", error, folder.history)
            WandB.unreachable = True
            return None
        if self.run.settings._offline:
            log.info("W&B is offline; upload its runs with: recexp sync")
        return WandbLogger(experiment=self.run)

    def _start(self, cfg: DictConfig, folder: RunFolder) -> Any:
        run = self._init(
            group=self.group or pinned_experiment() or run_label(cfg),
            name=self.name or f"{run_label(cfg)} seed{cfg.seed}",
            id=agents_id() or folder.hash,
            resume="allow" if folder.last.exists() else None,  # None: overwrite an earlier run with this id
            tags=list(cfg.tags),
            config=result_config(cfg),
            dir=folder.path,
        )
        run.define_metric("trainer/global_step")
        run.define_metric("*", step_metric="trainer/global_step", step_sync=True)
        return run

    def _init(
        self,
        *,
        group: str,
        name: str,
        id: str | None,
        dir: Path,
        resume: Literal["allow"] | None = None,
        tags: Sequence[str] = (),
        config: dict[str, Any] | None = None,
    ) -> Any:
        """Calls `wandb.init` without prompts, for a process in which one run follows another."""
        import wandb

        return wandb.init(
            project=self.project,
            entity=self.entity,
            group=group,
            name=name,
            id=id,
            dir=dir,
            resume=resume,
            tags=tags,
            config=config,
            mode="offline" if self._must_stay_offline() else None,
            reinit="create_new",
            settings=wandb.Settings(
                silent=True, console="off", init_timeout=TIMEOUT_SECONDS, finish_timeout=TIMEOUT_SECONDS
            ),
        )

    def _must_stay_offline(self) -> bool:
        """Whether to log offline although WANDB_MODE says online: W&B would prompt for a missing key, or wait."""
        goes_online = os.environ.get("WANDB_MODE", "online") == "online"
        return goes_online and (WandB.unreachable or not logged_in())

    def finish(self, metrics: dict[str, float]) -> None:
        if self.run is None:
            return
        try:
            self.run.summary.update(metrics)
            if self.log_checkpoint and metrics and self.folder.best.exists():
                self._keep_checkpoint()
            self.run.finish(exit_code=0 if metrics else 1)
        except Exception as error:  # as in `start`
            log.warning("W&B did not finish (%s); the results are in the run folder", error)

    def _keep_checkpoint(self) -> None:
        import wandb

        artifact = wandb.Artifact(f"{self.folder.path.parent.name}-{self.folder.path.name}", type="model")
        artifact.add_file(str(self.folder.best))
        self.run.log_artifact(artifact, aliases=["best"])

    def leaderboard(self, blocks: Sequence[Block], folder: Path, group: str) -> None:
        """Logs one table per protocol to a separate W&B run, `<group> leaderboard`, in the group of the sweep."""
        try:
            import wandb

            run = self._init(
                group=group, name=f"{group} leaderboard", id=f"{group.replace(',', '-')}-table", dir=folder
            )
            for block in blocks:
                key = f"leaderboard {block.table['dataset'].iloc[0]} {block.protocol['fingerprint'][:8]}"
                run.log({key: wandb.Table(dataframe=in_words(block.table))})
            run.finish()
        except Exception as error:  # as in `start`
            log.warning("W&B did not log the leaderboard (%s)", error)


def pinned_experiment() -> str | None:
    """The choice of `experiment=`; None if Hydra does not run this job, or without a pinned experiment."""
    return HydraConfig.get().runtime.choices.get("experiment") if HydraConfig.initialized() else None


def agents_id() -> str | None:
    """The run id chosen by the agent of a W&B sweep; None without an agent."""
    return os.environ.get("WANDB_RUN_ID") if "WANDB_SWEEP_ID" in os.environ else None


def logged_in() -> bool:
    """Whether WANDB_API_KEY or the netrc file of `wandb login` has a W&B key. Uses no network."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    own = os.environ.get("WANDB_BASE_URL")
    try:
        keys = netrc.netrc(os.environ.get("NETRC"))
        return any(host in keys.hosts for host in ([urlsplit(own).netloc] if own else HOSTS))
    except (OSError, netrc.NetrcParseError):
        return False
