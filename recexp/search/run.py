"""Runs a search, from its settings to a study with all its trials."""

import warnings
from pathlib import Path

import optuna
from hydra.utils import instantiate
from optuna.exceptions import ExperimentalWarning

from recexp.data.prepare import prepare
from recexp.experiment import check
from recexp.logs import without_noise
from recexp.search.errors import explain_database_errors
from recexp.search.folder import StudyFolder
from recexp.search.queue import Queue
from recexp.search.settings import Settings
from recexp.search.study import database_url, open_study, shown, study_folder
from recexp.search.worker import work

CONTINUE = "Once it works again, repeat the command to continue."


def study_folder_of(settings: Settings) -> StudyFolder:
    """Where the study lies. Refuses what can be refused before any trial, and reads the data."""
    with without_noise():
        check(settings.cfg)
    prepared = prepare(instantiate(settings.cfg.dataset), cache=Path(settings.cfg.paths.cache).expanduser())
    return study_folder(settings, prepared.card.sha256)


def run_trials(settings: Settings, folder: StudyFolder) -> optuna.Study:
    """Runs trials until the study has all, beside other workers where there are some. Raises StudyError."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=ExperimentalWarning)
    study = open_study(settings, folder)
    queue = Queue(
        study=study,
        folder=folder,
        space=settings.space,
        make_sampler=instantiate(settings.node["sampler"]),
        seed=settings.node["sampler"]["seed"],
        total=settings.trials,
    )
    with explain_database_errors(shown(database_url(settings, folder)), remedy=CONTINUE):
        work(settings, queue)
    return study
