"""Errors of a study, and whether an error comes from the machine instead of the trial."""

from collections.abc import Iterator
from contextlib import contextmanager

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import SQLAlchemyError

from recexp.errors import DataError, RecexpError

DATABASE = (SQLAlchemyError, StorageInternalError)
# A full disk, missing data or a lost database: the trial itself is fine.
MACHINE_ERRORS = (OSError, DataError, *DATABASE)


class StudyError(RecexpError):
    """A study cannot be opened or continued. Its trials are left unchanged."""


class TrialPruned(RecexpError):
    """Ends the run of a trial that the pruner has stopped."""


@contextmanager
def explain_database_errors(url: str, *kinds: type[Exception], remedy: str) -> Iterator[None]:
    """Turns errors of the database, and of other `kinds`, into a StudyError that names `url` and the `remedy`."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (*DATABASE, *kinds)):
            raise
        text = str(error.__cause__ or error).strip()
        reason = text.splitlines()[0] if text else type(error).__name__
        raise StudyError(f"storage: {url} cannot be used: {reason}. {remedy}") from error


def is_machine_error(error: BaseException) -> bool:
    """Whether the error, or one of its causes, comes from the machine instead of the trial."""
    return isinstance(error, MACHINE_ERRORS) or (error.__cause__ is not None and is_machine_error(error.__cause__))
