"""Run folders: what an experiment leaves on disk."""

import json
import logging
import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout
from omegaconf import DictConfig, OmegaConf

from recexp.config.explanations import reason
from recexp.errors import RunError
from recexp.files import explain_write_errors, write_atomically
from recexp.logs import log_to_file
from recexp.runs.identity import node_name, result_config, run_hash, run_label
from recexp.runs.record import RunRecord
from recexp.runs.versions import git_sha, versions
from recexp.split.audit import Audit

log = logging.getLogger(__name__)
LOCK = ".lock"
AXES = ("objective", "attention", "scorer", "loss")  # that a recommender may have


class RunFolder:
    """The folder of one run; its name is the hash of all that changes the result.

    config.yaml  audit.json  record.json  metrics.json  ranks.parquet  history.csv  checkpoints/{best,last}.ckpt
    train.log, and failure.json after an error. A run is finished when record.json exists: it is written last.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hash = path.name.split("-")[-1]
        self.config = path / "config.yaml"
        self.record = path / "record.json"
        self.metrics = path / "metrics.json"
        self.audit = path / "audit.json"
        self.ranks = path / "ranks.parquet"
        self.history = path / "history.csv"
        self.log = path / "train.log"
        self.failure = path / "failure.json"
        self.checkpoints = path / "checkpoints"
        self.best = self.checkpoints / "best.ckpt"
        self.last = self.checkpoints / "last.ckpt"

    @classmethod
    def of(cls, cfg: DictConfig, dataset_sha256: str) -> "RunFolder":
        """`<paths.runs>/<dataset>/<label>/seed<k>-<hash>`; nothing is made on disk."""
        runs = Path(cfg.paths.runs).expanduser()
        return cls(runs / cfg.dataset.name / run_label(cfg) / f"seed{cfg.seed}-{run_hash(cfg, dataset_sha256)}")

    @contextmanager
    def lock(self, timeout: float = -1) -> Iterator[None]:
        """Keeps the folder for this process, the log in train.log, and an error in failure.json.

        The lock goes with the process, however it ends. Where another process holds it, says so and waits `timeout`
        seconds (-1: as long as it takes), then raises RunError.
        """
        with explain_write_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / LOCK)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                log.warning("another process is working on %s: waiting for it to end", self.path)
                self._wait(lock, timeout)
        try:
            with log_to_file(self.log):
                yield
        except Exception as error:
            self.fail(error)
            raise
        finally:
            lock.release()

    def _wait(self, lock: FileLock, timeout: float) -> None:
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            raise RunError(
                f"another process has been working on {self.path} for the {timeout} s that were given to wait. Let it "
                "end or stop it, then repeat the command."
            ) from None

    def finished(self) -> RunRecord | None:
        """The run's record, or None as long as there is none. Raises RunError when it cannot be read."""
        try:
            return RunRecord.from_dict(json.loads(self.record.read_text()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (json.JSONDecodeError, UnicodeDecodeError, RunError) as error:
            raise RunError(f"{self.record} is not a run's record ({error}). Start over with force=true.") from error

    def start(self, cfg: DictConfig) -> None:
        """Writes config.yaml; with force=true, into an emptied folder."""
        if cfg.force:
            self.clear()
        write_atomically(self.config, lambda stream: stream.write(OmegaConf.to_yaml(cfg).encode()))

    def write_audit(self, audit: Audit) -> None:
        """What the split lets a model know that it should not."""
        _write_json(self.audit, audit.to_dict())

    def clear(self) -> None:
        """Removes all that is in the folder, except the lock and the log that are in use."""
        with explain_write_errors(self.path):
            for entry in self.path.iterdir() if self.path.exists() else ():
                if entry.is_dir():
                    shutil.rmtree(entry)
                elif entry.name != LOCK and entry != self.log:
                    entry.unlink()

    def write(self, record: RunRecord, metrics: dict[str, float], ranks: pd.DataFrame) -> None:
        """The results, record.json last: its presence says that all is there."""
        _write_json(self.metrics, metrics)
        write_atomically(self.ranks, partial(ranks.to_parquet, index=False))
        _write_json(self.record, record.to_dict())
        self.failure.unlink(missing_ok=True)

    def fail(self, error: Exception) -> None:
        """Writes failure.json: the error, its traceback and when. It goes away with the next success."""
        try:
            _write_json(
                self.failure,
                {
                    "error": reason(error),
                    "traceback": "".join(traceback.format_exception(error)),
                    "time": _iso(datetime.now(timezone.utc)),
                },
            )
        except RunError as refused:  # what cannot be written must not hide what went wrong
            log.warning("%s", refused)


def make_record(
    cfg: DictConfig, folder: RunFolder, *, metrics: dict[str, float], protocol: dict[str, str], started: datetime
) -> RunRecord:
    """The record of a run that ends now."""
    axes = {axis: node_name(cfg.recommender[axis]) if axis in cfg.recommender else None for axis in AXES}
    return RunRecord(
        run="/".join(folder.path.parts[-3:]),
        label=run_label(cfg),
        dataset=cfg.dataset.name,
        recommender=node_name(cfg.recommender),
        **axes,
        seed=cfg.seed,
        hash=folder.hash,
        status="finished",
        metrics=metrics,
        protocol=protocol,
        versions=versions(),
        git_sha=git_sha(),
        started=_iso(started),
        finished=_iso(datetime.now(timezone.utc)),
        config=result_config(cfg),
    )


def _write_json(file: Path, content: dict[str, Any]) -> None:
    write_atomically(file, lambda stream: stream.write(json.dumps(content, indent=2).encode()))


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
