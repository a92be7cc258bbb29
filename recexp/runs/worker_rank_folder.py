"""The run folder as ranks beside the first have it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pandas as pd
from omegaconf import DictConfig

from recexp.distributed.rank import is_rank_zero
from recexp.runs.folder import RunFolder
from recexp.runs.kept_data import KeptData
from recexp.runs.record import RunRecord
from recexp.split.audit import Audit


class WorkerRankFolder(RunFolder):
    """Read, never written: the lock, the files and the log are the first rank's."""

    @contextmanager
    def lock(self, timeout: float = -1) -> Iterator[None]:
        yield

    def start(self, cfg: DictConfig) -> None:
        return None

    def write_audit(self, audit: Audit) -> None:
        return None

    def keep_data(self, data: Callable[[], KeptData]) -> None:
        return None

    def write(self, record: RunRecord, metrics: dict[str, float], ranks: pd.DataFrame) -> RunRecord:
        return record


def own_folder(cfg: DictConfig, data_sha256: str) -> RunFolder:
    """Of this process."""
    return (RunFolder if is_rank_zero() else WorkerRankFolder).of(cfg, data_sha256)
