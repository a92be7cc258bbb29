"""Which code made a number."""

import platform
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from hydra.errors import InstantiationException

from recexp import __version__
from recexp.config.explanations import reason
from recexp.errors import RunError
from recexp.runs.identity import NUMBERS_VERSION

PACKAGES = ("torch", "pytorch-lightning", "hydra-core", "numpy", "pandas")


def versions() -> dict[str, str]:
    """Of recexp, its numbers, Python and the packages that results depend on."""
    own = {"recexp": __version__, "numbers": str(NUMBERS_VERSION), "python": platform.python_version()}
    return own | {package: version(package) for package in PACKAGES}


def git_sha() -> str | None:
    """Commit of the checkout this code runs from, `-dirty` where files were changed; None when installed or no git."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


@contextmanager
def explain_other_code(made_with: Mapping[str, str], commit: str | None) -> Iterator[None]:
    """Turns a config that gives a constructor other arguments than it takes into a RunError.

    A run's config was right once, so the code has changed since. made_with, commit: `versions` and `git_sha` of then.
    """
    try:
        yield
    except InstantiationException as error:
        if not isinstance(error.__cause__, TypeError):
            raise
        raise RunError(
            f"the run's config does not fit this code: {reason(error)}. The run was made with recexp "
            f"{made_with.get('recexp')}, commit {commit or 'unknown'}, and this is {__version__}, commit "
            f"{git_sha() or 'unknown'}. Use the code of the run, or train anew"
        ) from error
