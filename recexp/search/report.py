"""What a study found, as tables and files: its trials, what mattered, a figure, the best one as an experiment."""

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
FEWEST = 10  # finished trials that say something of importance


def trials_table(trials: Iterable[FrozenTrial], space: Iterable[str], metric: str) -> pd.DataFrame:
    """A row a trial: number, state, the metric of a finished one, the parameters, epochs, run, why it failed."""
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


def in_numbers(trials: Sequence[FrozenTrial]) -> str:
    """`20 trials: 17 finished, 2 pruned, 1 failed`."""
    states = [trial.state for trial in trials]
    parts = [f"{states.count(state)} {word}" for state, word in WORDS.items() if state in states]
    return f"{len(trials)} trials: {', '.join(parts)}"


def importance(study: Study) -> "pd.Series[float] | None":
    """Each parameter's share in the variance of the metric (fANOVA: Hutter et al., ICML 2014), largest first.

    None where too few trials finished, or all alike.
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
    """Writes the pinned experiment beside the study and, where `output` says so, there; returns the latter.

    Raises StudyError when it is not the very run that was the best trial.
    """
    overrides = [*settings.overrides, *best.user_attrs["overrides"]]
    files = [folder.experiment, *([settings.output] if settings.output else [])]
    for file in files:
        comment = [
            f"recexp train experiment={file.stem}",
            f"{date.today()}: {settings.monitor} {best.value:.4f} on seed {settings.cfg.seed}, trial {best.number} of "
            f"study {folder.study} ({in_numbers(trials)})",
            f"Source: {settings.command}",
        ]
        _write(file, pinned(overrides, comment))
    if result_config(compose_pinned(folder.experiment)) != result_config(compose(*overrides)):
        raise StudyError(
            f"{folder.experiment} is not the best trial's configuration: one of its overrides cannot be written in an "
            f"experiment. The run itself: recexp train {shlex.join(overrides)}"
        )
    return files[-1]


def _write(file: Path, text: str) -> None:
    write_atomically(file, lambda stream: stream.write(text.encode()))
