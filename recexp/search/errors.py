"""What a study cannot do, and whose fault an error is."""

from collections.abc import Iterator
from contextlib import contextmanager

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import SQLAlchemyError

from recexp.errors import DataError, RecexpError

DATABASE = (SQLAlchemyError, StorageInternalError)
# The disk is full, the data or the database gone: nothing is wrong with the trial.
MACHINE = (OSError, DataError, *DATABASE)


class StudyError(RecexpError):
    """A study that cannot be opened or cannot go on. Its trials stay as they are."""


class Hopeless(RecexpError):
    """Ends a trial that its pruner does not believe in."""


@contextmanager
def explain_database_errors(url: str, *kinds: type[Exception], remedy: str) -> Iterator[None]:
    """Turns what a database refuses, and errors of other `kinds`, into a StudyError."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (*DATABASE, *kinds)):
            raise
        text = str(error.__cause__ or error).strip()
        reason = text.splitlines()[0] if text else type(error).__name__
        raise StudyError(f"storage: {url} cannot be used: {reason}. {remedy}") from error


def is_the_machines(error: BaseException) -> bool:
    """Whether an error of the machine is among the causes."""
    return isinstance(error, MACHINE) or (error.__cause__ is not None and is_the_machines(error.__cause__))
