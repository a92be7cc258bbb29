"""recexp search search_space=NAME [trials=50] [key=value ...]: search hyperparameters; each trial is an ordinary run.

  search_space=NAME            conf/search_space/NAME.yaml: the space, the sampler and the pruner
  trials=50                    total trials of the study; repeat the command to continue an interrupted study
  search_space/sampler=tpe|cmaes|random        its options: search_space.sampler.seed=0 ...
  search_space/pruner=median|hyperband|none    its options: search_space.pruner.n_warmup_steps=5 ...
  storage=URL                  default: SQLite in the study's folder; or postgresql+psycopg://USER:PASSWORD@HOST/NAME
  --config-dir FOLDER          also look for search_space/NAME.yaml in FOLDER
  output=FILE                  write the best configuration there too, as in conf/experiment/NAME.yaml
  dataset=NAME trainer.max_epochs=30 ...       overrides of recexp train, for all trials; a key of the space that is
                               given here is fixed and no longer searched

Trials are compared by the validation metric callbacks.early_stopping.monitor; the search sees no test result. To use
more workers, type the same command in another terminal: they share the study, and no trial is run twice.
The exit code is 1 if no trial has finished.
"""

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
from optuna.study import StudyDirection
from optuna.trial import TrialState
from rich.table import Table

from recexp.errors import ConfigError
from recexp.logs import log_to_console
from recexp.runs.rendering import console, plain
from recexp.search.errors import explain_database_errors
from recexp.search.folder import StudyFolder
from recexp.search.queue import counted
from recexp.search.report import importance, summary, trials_table, write_best, write_figure, write_tables
from recexp.search.settings import Settings, read_settings
from recexp.search.study import database_url, shown

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10  # best trials


def main(arguments: list[str]) -> int:
    from recexp.search.run import CONTINUE, run_trials, study_folder_of

    log_to_console(logging.WARNING)
    _refuse_ranks()
    settings = read_settings(arguments)
    folder = study_folder_of(settings)
    _refuse_foreign_output(settings, folder)
    study = run_trials(settings, folder)
    with explain_database_errors(shown(database_url(settings, folder)), remedy=CONTINUE):
        return _report(settings, study, folder)


def _refuse_ranks() -> None:
    """Raises ConfigError under torchrun or srun, where each rank would draw trials of its own."""
    from recexp.distributed.rank import is_rank_zero

    if int(os.environ.get("WORLD_SIZE", "1")) > 1 or not is_rank_zero():
        raise ConfigError(
            "this process was started as one of several ranks. Start recexp search without torchrun or srun, once for "
            "each worker; a trial on several devices starts its own ranks (trainer=ddp)"
        )


def _refuse_foreign_output(settings: Settings, folder: StudyFolder) -> None:
    if settings.output and settings.output.exists() and folder.study not in settings.output.read_text():
        raise ConfigError(f"output: {settings.output} exists and is not of study {folder.study}: choose another name")


def _report(settings: Settings, study: optuna.Study, folder: StudyFolder) -> int:
    """Prints the results and writes them to the study's folder. Returns the exit code."""
    trials, shares = counted(study.get_trials(deepcopy=False)), importance(study)
    table = trials_table(trials, settings.space, settings.monitor)
    write_tables(folder, table, shares)
    print(f"study {folder.study}: {summary(trials)}")
    if not any(trial.state == TrialState.COMPLETE for trial in trials):
        print(f"recexp: no trial has finished; {folder.trials} gives the reasons", file=sys.stderr)
        return 1
    best = study.best_trial
    write_figure(folder, trials, settings, best)
    experiment = write_best(folder, trials, settings, best)
    console().print(_leaders(table, settings, ascending=study.direction == StudyDirection.MINIMIZE))
    if shares is not None:
        print("importance  " + "  ".join(f"{key} {share:.2f}" for key, share in shares.items()))
    print(f"best        trial {best.number}: {Path(settings.cfg.paths.runs) / best.user_attrs['run']}")
    print(f"pinned      {experiment}")
    print(f"            recexp train --config-dir {folder.path} experiment={folder.study}")
    print(f"figure      {folder.figure}")
    return 0


def _leaders(trials: "pd.DataFrame", settings: Settings, *, ascending: bool) -> Table:
    """The best finished trials."""
    columns = ["trial", settings.monitor, *settings.space, "epochs"]
    finished = trials[trials["state"] == "finished"].sort_values(settings.monitor, ascending=ascending, kind="stable")
    table = Table()
    for column in columns:
        table.add_column(column, justify="left" if column in settings.space else "right", overflow="fold")
    for row in finished[columns].head(SHOWN).itertuples(index=False):
        table.add_row(*(f"{cell:.4g}" if isinstance(cell, float) else plain(cell) for cell in row))
    return table
