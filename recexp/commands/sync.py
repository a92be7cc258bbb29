"""recexp sync [paths.runs=FOLDER]: upload runs that were logged offline to W&B, each run once.

A run that was interrupted and continued is one W&B run. W&B marks uploaded runs, so you can repeat the command after
new runs or after a lost connection. It needs an account: wandb login.
"""

import os
import subprocess
import sys
from pathlib import Path

from recexp.config.compose import compose_only
from recexp.errors import ConfigError
from recexp.logger.wandb import logged_in


def main(arguments: list[str]) -> int:
    runs = Path(compose_only(("paths", "debug"), arguments).paths.runs).expanduser()
    if not runs.is_dir():
        raise ConfigError(f"paths.runs: there is no folder {runs.absolute()}; recexp train makes it")
    waiting, uploaded = offline_runs(runs)
    print(f"{runs}: {len(waiting)} offline runs of W&B to upload, {len(uploaded)} were uploaded before")
    if not waiting:
        return 0
    if not logged_in():
        raise ConfigError("not logged in to W&B: wandb login, or set WANDB_API_KEY")
    code = upload(waiting)
    left = len(offline_runs(runs)[0])
    if left:
        print(f"recexp: {left} runs could not be uploaded, see above. Repeat the command to retry.", file=sys.stderr)
    return 1 if code or left else 0


def offline_runs(runs: Path) -> tuple[list[Path], list[Path]]:
    """Folders that W&B wrote offline, of runs and of sweeps' leaderboards: those to upload, and those uploaded."""
    folders = sorted([*runs.glob("*/*/seed*-*/wandb/offline-run-*"), *runs.glob(".sweeps/*/wandb/offline-run-*")])
    uploaded = [folder for folder in folders if any(folder.glob("*.wandb.synced"))]
    return [folder for folder in folders if folder not in uploaded], uploaded


def upload(folders: list[Path]) -> int:
    """By W&B's own command, which sends the parts of one run in their order; it imports nothing from here."""
    command = [sys.executable, "-m", "wandb", "sync", *map(str, folders)]
    return subprocess.run(command, check=False, env=os.environ | {"PYTHONSAFEPATH": "1"}).returncode
