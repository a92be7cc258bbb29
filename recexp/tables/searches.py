"""Rows whose hyperparameters are searched: the same number of trials each, compared on validation alone."""

from collections.abc import Sequence

from optuna.trial import TrialState

from recexp.config.compose import parse
from recexp.search.queue import counted
from recexp.search.run import run_trials, study_folder_of
from recexp.search.settings import Settings, read_settings
from recexp.search.study import open_study
from recexp.tables.definition import Search
from recexp.tables.plan import is_here

TO_SEARCH = "to search"


def found_by_search(search: Search, overrides: Sequence[str]) -> list[str] | str:
    """What the best trial of a finished search chose, or, in words, what is left to search.

    overrides: of the row, without what is searched.
    """
    settings = _settings(search, overrides)
    if not is_here(settings.cfg):
        return f"{TO_SEARCH}: 0 of {search.trials} trials"
    folder = study_folder_of(settings)
    study = open_study(settings, folder) if folder.database.exists() else None
    trials = [] if study is None else counted(study.get_trials(deepcopy=False))
    done = [trial for trial in trials if trial.state.is_finished()]
    if study is None or len(done) < search.trials:
        return f"{TO_SEARCH}: {len(done)} of {search.trials} trials"
    if not any(trial.state == TrialState.COMPLETE for trial in done):
        return f"failed: none of {len(done)} trials has finished"
    return list(study.best_trial.user_attrs["overrides"])


def run_search(search: Search, overrides: Sequence[str]) -> None:
    """Runs the trials that are left; each is an ordinary run, and a killed search goes on."""
    settings = _settings(search, overrides)
    run_trials(settings, study_folder_of(settings))


def _settings(search: Search, overrides: Sequence[str]) -> Settings:
    """The launcher is that of the table's jobs; trials run one after the other."""
    of_train = [text for text in overrides if not parse([text])[0].key_or_group.startswith("hydra")]
    return read_settings([f"search_space={search.search_space}", f"trials={search.trials}", *of_train])
