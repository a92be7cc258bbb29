"""Opens the study of a search. A search space, a fixed configuration and a dataset have one study."""

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

WAIT = 60  # seconds to wait for another worker's write to the database
REMEDY = (
    "Expected a database that this user can write: sqlite:////FOLDER/NAME.db, or "
    "postgresql+psycopg://USER:PASSWORD@HOST/NAME after pip install 'recexp[postgresql]'."
)
DIRECTIONS = {"max": StudyDirection.MAXIMIZE, "min": StudyDirection.MINIMIZE}


def study_folder(settings: Settings, dataset_sha256: str) -> StudyFolder:
    """The folder of a search. Its name holds a hash of the fixed config, the data and the space, sampler and pruner."""
    digest = content_hash(result_config(settings.cfg), dataset_sha256, settings.node)
    return StudyFolder(Path(settings.cfg.paths.runs).expanduser(), f"{settings.search_space}-{digest}")


def database_url(settings: Settings, folder: StudyFolder) -> str:
    return settings.storage or f"sqlite:///{folder.database.absolute()}"


def shown(url: str) -> str:
    """The URL of a database without its password, for messages."""
    with explain_database_errors(url, remedy=REMEDY):
        return make_url(url).render_as_string(hide_password=True)


def open_study(settings: Settings, folder: StudyFolder) -> optuna.Study:
    """Opens the study, or creates it. Raises StudyError."""
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
    """Raises StudyError if the study belongs to another folder: workers need each other's locks and runs."""
    if not folder.token.exists():
        write_atomically(folder.token, lambda stream: stream.write(secrets.token_hex(8).encode()))
    mine = folder.token.read_text()
    if "token" not in study.user_attrs:
        study.set_user_attr("token", mine)
    elif study.user_attrs["token"] != mine:
        raise StudyError(
            f"storage: the database has the study {folder.study}, but not with the folder {folder.path}. All workers "
            "of a study must share paths.runs; on several machines this is a network folder. If the study's folder is "
            f"lost, remove the study: optuna delete-study --study-name {folder.study} --storage URL"
        )
