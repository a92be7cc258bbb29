"""Opens the study of a search: one for each sweep, fixed configuration and dataset."""

import secrets
from pathlib import Path

import optuna
from hydra.utils import instantiate
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from sqlalchemy.engine import make_url

from recexp.files import write_atomically
from recexp.runs.identity import content_hash, result_config
from recexp.search.errors import StudyError, explain_database_errors
from recexp.search.folder import StudyFolder
from recexp.search.settings import Settings

WAIT = 60  # seconds, for another worker to end its write
REMEDY = (
    "Expected a database that this user can write: sqlite:////FOLDER/NAME.db, or "
    "postgresql+psycopg://USER:PASSWORD@HOST/NAME after pip install 'recexp[postgresql]'."
)
DIRECTIONS = {"max": StudyDirection.MAXIMIZE, "min": StudyDirection.MINIMIZE}


def study_folder(settings: Settings, dataset_sha256: str) -> StudyFolder:
    """Its name stands for what is fixed, what is searched, and how: no other search shares it."""
    digest = content_hash(result_config(settings.cfg), dataset_sha256, settings.node)
    return StudyFolder(Path(settings.cfg.paths.runs).expanduser(), f"{settings.search_space}-{digest}")


def database_url(settings: Settings, folder: StudyFolder) -> str:
    return settings.storage or f"sqlite:///{folder.database.absolute()}"


def shown(url: str) -> str:
    """Without a password."""
    with explain_database_errors(url, remedy=REMEDY):
        return make_url(url).render_as_string(hide_password=True)


def open_study(settings: Settings, folder: StudyFolder) -> optuna.Study:
    """The study, made where there is none. Raises StudyError."""
    url = database_url(settings, folder)
    options = {"connect_args": {"timeout": WAIT}} if shown(url).startswith("sqlite") else {}
    with folder.lock(), explain_database_errors(shown(url), ImportError, RuntimeError, remedy=REMEDY):
        study = optuna.create_study(
            storage=RDBStorage(url, engine_kwargs=options),
            study_name=folder.study,
            direction=DIRECTIONS[settings.cfg.callbacks.early_stopping.mode],
            pruner=instantiate(settings.node["pruner"]),
            load_if_exists=True,
        )
        _check_same_folder(study, folder)
    return study


def _check_same_folder(study: optuna.Study, folder: StudyFolder) -> None:
    """Workers see each other's locks and go on with each other's runs in the one folder that they share."""
    if not folder.token.exists():
        write_atomically(folder.token, lambda stream: stream.write(secrets.token_hex(8).encode()))
    mine = folder.token.read_text()
    if "token" not in study.user_attrs:
        study.set_user_attr("token", mine)
    elif study.user_attrs["token"] != mine:
        raise StudyError(
            f"storage: it knows the study {folder.study}, but not the folder {folder.path}. Workers of a study share "
            "paths.runs, which on several machines is a network folder. Where its folder is gone for good, remove "
            f"the study: optuna delete-study --study-name {folder.study} --storage URL"
        )
