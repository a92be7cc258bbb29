"""Runs the trials of a study until it has enough. Each trial is an ordinary run in its own run folder."""

import math
from pathlib import Path

from hydra.errors import InstantiationException
from omegaconf import DictConfig
from optuna import Trial

from recexp.config.compose import compose
from recexp.config.explanations import explain
from recexp.errors import ConfigError, printable
from recexp.experiment import run
from recexp.runs.folder import RunFolder
from recexp.search.errors import StudyError, TrialPruned, is_machine_error
from recexp.search.outcome import Failed, Finished, Pruned, Refused, TrialOutcome
from recexp.search.pruning import Pruning
from recexp.search.queue import Queue
from recexp.search.settings import Settings
from recexp.search.space import as_override


def work(settings: Settings, queue: Queue) -> None:
    """Runs trials and prints one line for each. Raises machine errors, and StudyError after repeated failures."""
    in_a_row: list[TrialOutcome] = []
    while True:
        with queue.claim() as trial:
            if trial is None:
                return
            overrides = [as_override(key, trial.params[key]) for key in settings.space]
            trial.set_user_attr("overrides", overrides)
            outcome = _attempt(settings, trial, overrides)
            outcome.tell(trial)
        print(printable(f"trial {trial.number}  {outcome.words}  {' '.join(overrides)}"), flush=True)
        in_a_row = [*(other for other in in_a_row if type(other) is type(outcome)), outcome]
        if len(in_a_row) >= outcome.most_in_a_row:
            raise StudyError(
                f"{len(in_a_row)} trials in a row had no result; the last {outcome.words}. Correct the cause in the "
                f"space of search_space={settings.search_space} or in the overrides, then repeat the command."
            )


def _attempt(settings: Settings, trial: Trial, overrides: list[str]) -> TrialOutcome:
    try:
        cfg = compose(*settings.overrides, *overrides)
        cfg.name, cfg.group = cfg.name or f"trial-{trial.number}", cfg.group or trial.study.study_name
        return _run(cfg, trial, settings.monitor)
    except TrialPruned as pruned:
        _run_folder(settings, trial).failure.unlink(missing_ok=True)  # recexp train can continue the run
        return Pruned(str(pruned))
    except Exception as error:
        if settings.cfg.debug or is_machine_error(error):
            raise
        reason = explain(error, list) or f"{type(error).__name__}: {error}"
        if isinstance(error, ConfigError | InstantiationException):
            return Refused(f"refused: {reason}")
        return Failed(f"failed: {reason}")


def _run_folder(settings: Settings, trial: Trial) -> RunFolder:
    return RunFolder(Path(settings.cfg.paths.runs).expanduser() / trial.user_attrs["run"])


def _run(cfg: DictConfig, trial: Trial, monitor: str) -> TrialOutcome:
    record = run(cfg, callbacks=[Pruning(trial=trial, monitor=monitor)])
    trial.set_user_attr("run", record.run)
    value = record.metrics[monitor]
    return (
        Finished(f"{monitor} {value:.4f}", value) if math.isfinite(value) else Failed(f"failed: {monitor} is {value}")
    )
