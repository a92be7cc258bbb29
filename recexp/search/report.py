"""The results of a study: tables of trials and importances, a figure, and the best trial as a pinned experiment."""

import shlex
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
from optuna import Study
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from recexp.config.compose import compose
from recexp.files import write_atomically
from recexp.runs.identity import result_config
from recexp.search.errors import StudyError
from recexp.search.folder import StudyFolder
from recexp.search.parallel import parallel_coordinates
from recexp.search.pin import compose_pinned, pinned
from recexp.search.settings import Settings
from recexp.search.space import rounded

WORDS = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}
FEWEST = 10  # finished trials from which importance is computed


def trials_table(trials: Iterable[FrozenTrial], space: Iterable[str], metric: str) -> pd.DataFrame:
    """One row per trial: number, state, metric (of finished trials), parameters, epochs, run, reason of a failure."""
    rows = [
        {
            "trial": trial.number,
            "state": WORDS[trial.state],
            metric: trial.value if trial.state == TrialState.COMPLETE else None,
            **{key: rounded(trial.params.get(key)) for key in space},
            "epochs": len(trial.intermediate_values),
            "run": trial.user_attrs.get("run"),
            "reason": trial.user_attrs.get("failed"),
        }
        for trial in trials
    ]
    return pd.DataFrame(rows)


def summary(trials: Sequence[FrozenTrial]) -> str:
    """The number of trials in each state, as in `20 trials: 17 finished, 2 pruned, 1 failed`."""
    states = [trial.state for trial in trials]
    parts = [f"{states.count(state)} {word}" for state, word in WORDS.items() if state in states]
    return f"{len(trials)} trials: {', '.join(parts)}"


def importance(study: Study) -> "pd.Series[float] | None":
    """Each parameter's share in the variance of the metric (fANOVA: Hutter et al., ICML 2014), largest first.

    None if too few trials finished, or if all have the same metric.
    """
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(finished) < FEWEST or len({trial.value for trial in finished}) == 1:
        return None
    shares = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    return pd.Series(shares, name="importance").rename_axis("parameter")


def write_tables(folder: StudyFolder, trials: pd.DataFrame, shares: "pd.Series[float] | None") -> None:
    write_atomically(folder.trials, partial(trials.to_csv, index=False))
    if shares is not None:
        write_atomically(folder.importance, shares.to_csv)


def write_figure(folder: StudyFolder, trials: Sequence[FrozenTrial], settings: Settings, best: FrozenTrial) -> None:
    drawn = [trial for trial in trials if trial.params.keys() == settings.space.keys()]
    _write(folder.figure, parallel_coordinates(drawn, settings.space, metric=settings.monitor, best=best))


def write_best(folder: StudyFolder, trials: Sequence[FrozenTrial], settings: Settings, best: FrozenTrial) -> Path:
    """Writes the best trial as a pinned experiment to the study's folder and to `output`, if that is set.

    Returns the last file written. Raises StudyError if the experiment would not be the same run as the best trial.
    """
    overrides = [*settings.overrides, *best.user_attrs["overrides"]]
    files = [folder.experiment, *([settings.output] if settings.output else [])]
    for file in files:
        comment = [
            f"recexp train experiment={file.stem}",
            f"{date.today()}: {settings.monitor} {best.value:.4f} on seed {settings.cfg.seed}, trial {best.number} of "
            f"study {folder.study} ({summary(trials)})",
            f"Source: {settings.command}",
        ]
        _write(file, pinned(overrides, comment))
    if result_config(compose_pinned(folder.experiment)) != result_config(compose(*overrides)):
        raise StudyError(
            f"{folder.experiment} is not the best trial's configuration: one of its overrides cannot be written in an "
            f"experiment. The command of the run: recexp train {shlex.join(overrides)}"
        )
    return files[-1]


def _write(file: Path, text: str) -> None:
    write_atomically(file, lambda stream: stream.write(text.encode()))
