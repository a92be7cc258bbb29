"""Runs the trials of a study, each an ordinary run in its own folder, until the study has enough."""

import math

from hydra.errors import InstantiationException
from omegaconf import DictConfig
from optuna import Trial, TrialPruned
from optuna.trial import TrialState

from recexp.configuration import compose
from recexp.errors import ConfigError, RunError
from recexp.experiment import run
from recexp.explanations import explain
from recexp.results import RunFolder
from recexp.search.errors import StudyError, is_the_machines
from recexp.search.pruning import Pruning
from recexp.search.queue import Queue, fail, refuse
from recexp.search.settings import Settings
from recexp.search.space import as_override

MOST_IN_VAIN = 20  # suggestions in a row that fail or are refused: then it is not the suggestions


class Worker:
    """Prints a line a trial."""

    def __init__(self, *, settings: Settings, dataset_sha256: str) -> None:
        self.settings, self.dataset_sha256 = settings, dataset_sha256

    def work(self, queue: Queue) -> None:
        """Raises StudyError when one trial after another fails, and the machine's errors as they come."""
        in_vain = 0
        while in_vain < MOST_IN_VAIN:
            with queue.claim() as trial:
                if trial is None:
                    return
                overrides = [as_override(key, trial.params[key]) for key in self.settings.space]
                trial.set_user_attr("overrides", overrides)
                outcome, good = self._attempt(trial, overrides)
            print(f"trial {trial.number}  {outcome}  {' '.join(overrides)}", flush=True)
            in_vain = 0 if good else in_vain + 1
        raise StudyError(
            f"{in_vain} trials in a row came to nothing, the last one {outcome}. Mend what is wrong, in the space "
            f"of sweep={self.settings.sweep} or beside it, then repeat the command."
        )

    def _attempt(self, trial: Trial, overrides: list[str]) -> tuple[str, bool]:
        """What became of the trial, which the study is told, and whether that says something of the space."""
        try:
            cfg = compose(*self.settings.overrides, *overrides)
            cfg.tags = [*cfg.tags, trial.study.study_name]
            return self._run(trial, cfg), True
        except TrialPruned as pruned:
            trial.study.tell(trial, state=TrialState.PRUNED)
            return str(pruned), True
        except Exception as error:
            if self.settings.cfg.debug or is_the_machines(error):
                raise
            reason = explain(error, list) or f"{type(error).__name__}: {error}"
            if isinstance(error, ConfigError | InstantiationException):  # heads that do not divide the width
                refuse(trial, reason)
                return f"refused: {reason}", False
            fail(trial, reason)
            return f"failed: {reason}", False

    def _run(self, trial: Trial, cfg: DictConfig) -> str:
        monitor = self.settings.monitor
        folder = RunFolder.of(cfg, self.dataset_sha256)
        trial.set_user_attr("run", "/".join(folder.path.parts[-3:]))
        value = run(cfg, callbacks=[Pruning(trial=trial, monitor=monitor)]).metrics[monitor]
        if not math.isfinite(value):
            raise RunError(f"{monitor} is {value}")
        trial.study.tell(trial, value)
        return f"{monitor} {value:.4f}"
