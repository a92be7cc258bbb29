"""Run folders: what an experiment leaves on disk."""

import json
import logging
import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from filelock import FileLock, Timeout
from omegaconf import DictConfig, OmegaConf

from recexp.config.explanations import reason
from recexp.errors import RunError
from recexp.files import explain_write_errors, file_sha256, read_text, write_atomically
from recexp.logs import log_to_file
from recexp.runs.identity import run_hash, run_label
from recexp.runs.kept_data import KeptData, read_kept_data
from recexp.runs.record import RunRecord
from recexp.runs.sharing import share
from recexp.split.audit import Audit

log = logging.getLogger(__name__)
LOCK = ".lock"
SHARED = ".shared"  # beside the runs of a dataset: what they keep of its data, once
MOST = 1 << 20  # bytes of a record.json


class RunFolder:
    """The folder of one run; its name is the hash of all that changes the result.

    config.yaml  audit.json  record.json  metrics.json  ranks.parquet  history.csv  checkpoints/{best,last}.ckpt
    catalogue.parquet  histories.parquet  train.log, and failure.json after an error. A run is finished when
    record.json exists: it is written last.
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
        self.catalogue = path / "catalogue.parquet"
        self.histories = path / "histories.parquet"
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

    @classmethod
    def of_finished(cls, path: Path) -> "tuple[RunFolder, RunRecord]":
        """The folder of a finished run, which may lie anywhere, and its record. Raises RunError for another folder."""
        folder = cls(path.expanduser().resolve())
        record = folder.finished()
        if record is None or not folder.config.exists():
            raise RunError(
                f"run: {folder.path} has no {folder.record.name if record is None else folder.config.name}: it is not "
                "the folder of a finished run. recexp train prints it: <paths.runs>/<dataset>/<label>/seed<k>-<hash>."
            )
        return folder, record

    def finished(self) -> RunRecord | None:
        """The run's record, or None as long as there is none. Raises RunError when it cannot be read."""
        try:
            return RunRecord.from_dict(json.loads(read_text(self.record, most=MOST)))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise RunError(f"{self.record} is not a run's record ({error}). Start over with force=true.") from error

    def check_file(self, record: RunRecord, file: Path) -> None:
        """Raises RunError where a file of the finished run is missing, or is not the one that the run wrote."""
        expected = record.files.get(file.relative_to(self.path).as_posix())
        if not file.is_file():
            raise RunError(f"{file} is missing. Put a copy in its place, or train anew with force=true.")
        if file_sha256(file) != expected:
            raise RunError(
                f"{file} is not what the run wrote (record.json has another SHA-256 for it): it is damaged or was "
                "replaced. Put a copy in its place, or train anew with force=true."
            )

    def read_ranks(self, record: RunRecord) -> pd.DataFrame:
        """ranks.parquet of the finished run, a row a user. Raises RunError as `check_file` does."""
        self.check_file(record, self.ranks)
        return pd.read_parquet(self.ranks)

    def start(self, cfg: DictConfig) -> None:
        """Writes config.yaml, resolved; with force=true, into an emptied folder."""
        if cfg.force:
            self.clear()
        write_atomically(self.config, lambda stream: stream.write(OmegaConf.to_yaml(_resolved(cfg)).encode()))

    def write_audit(self, audit: Audit) -> None:
        """What the split lets a model know that it should not."""
        _write_json(self.audit, audit.to_dict())

    def keep_data(self, data: Callable[[], KeptData]) -> None:
        """What the folder needs of the run's data to be enough alone; runs of one dataset share it on disk."""
        kept = data()
        for file, table in ((self.catalogue, kept.catalogue()), (self.histories, kept.histories())):
            write_atomically(file, partial(pq.write_table, table, compression="zstd"))
            share(file, self.path.parents[1] / SHARED)

    def read_data(self, record: RunRecord) -> KeptData:
        """What the finished run has kept of its data. Raises RunError as `check_file` does."""
        for file in (self.catalogue, self.histories):
            self.check_file(record, file)
        return read_kept_data(self.catalogue, self.histories)

    def clear(self) -> None:
        """Removes all that is in the folder, except the lock and the log that are in use.

        The record goes first: a run that is stopped here is unfinished, never one that has lost its files.
        """
        with explain_write_errors(self.path):
            self.record.unlink(missing_ok=True)
            for entry in self.path.iterdir() if self.path.exists() else ():
                if entry.is_dir():
                    shutil.rmtree(entry)
                elif entry.name != LOCK and entry != self.log:
                    entry.unlink()

    def write(self, record: RunRecord, metrics: dict[str, float], ranks: pd.DataFrame) -> RunRecord:
        """The results, record.json last: its presence says that all is there. Returns it with the sums of the files."""
        _write_json(self.metrics, metrics)
        write_atomically(self.ranks, partial(ranks.to_parquet, index=False))
        kept = [file for file in (self.ranks, self.best, self.catalogue, self.histories) if file.exists()]
        record = replace(record, files={file.relative_to(self.path).as_posix(): file_sha256(file) for file in kept})
        _write_json(self.record, record.to_dict())
        self.failure.unlink(missing_ok=True)
        return record

    def fail(self, error: Exception) -> None:
        """Writes failure.json: the error, its traceback and when. It goes away with the next success."""
        try:
            _write_json(
                self.failure,
                {
                    "error": reason(error),
                    "traceback": "".join(traceback.format_exception(error)),
                    "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                },
            )
        except RunError as refused:  # what cannot be written must not hide what went wrong
            log.warning("%s", refused)


def _resolved(cfg: DictConfig) -> DictConfig:
    """`cfg` without interpolations, but for `${paths...}`: these folders lie elsewhere on another machine."""
    paths, cfg = OmegaConf.to_container(cfg.paths, resolve=True), deepcopy(cfg)
    cfg.paths = {key: f"\\${{paths.{key}}}" for key in cfg.paths}  # resolved, an escaped interpolation is a plain one
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    return OmegaConf.create(plain | {"paths": paths})


def _write_json(file: Path, content: dict[str, Any]) -> None:
    write_atomically(file, lambda stream: stream.write(json.dumps(content, indent=2).encode()))
