"""Which code made a number."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from recexp import __version__
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
