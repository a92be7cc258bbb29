"""Preparations that run at the same time, are killed, or run with another number of threads."""

import logging
import os
import signal
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from filelock import FileLock

from recexp.data import order
from recexp.data.cache import entries as cache_module
from recexp.data.prepare import prepare
from recexp.dataset.csv import Table
from recexp.dataset.formats import text
from recexp.dataset.movielens import MovieLensLatestSmall
from tests.unit.dataset.tables import table

TEXT = "user,item,time\na,x,1\na,y,2\nb,x,3\n"


def in_a_process(work) -> int:
    """Its id. A copy of this process, which ends after `work`: with 0, or 1 for an exception."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            logging.exception("in the other process")
            os._exit(1)
    return child


def outcome(child: int) -> int:
    """The exit status of a process, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, f"{file} did not appear"
        time.sleep(0.01)


@pytest.fixture
def reads(monkeypatch, tmp_path) -> Path:
    """A file with a line for each reading of raw data, in whichever process; a reading takes its time."""
    file, read = tmp_path / "reads", Table.read

    def slowly(self, raw):
        with file.open("a") as stream:
            stream.write(f"{os.getpid()}\n")
        time.sleep(0.3)
        return read(self, raw)

    monkeypatch.setattr(Table, "read", slowly)
    return file


def test_jobs_that_need_the_same_prepare_it_once(tmp_path, reads):
    dataset = table(tmp_path, TEXT)

    def work():
        assert prepare(dataset, cache=tmp_path / "cache").card.interactions == 3

    assert [outcome(child) for child in [in_a_process(work) for _ in range(4)]] == [0] * 4
    assert len(reads.read_text().splitlines()) == 1


def test_jobs_that_need_something_else_do_not_wait(tmp_path, reads):
    dataset, other = table(tmp_path, TEXT), table(tmp_path, TEXT, k_core=1)
    entry = cache_module.entry_folder(dataset, dataset.locate(), tmp_path / "cache")
    with cache_module.sole_preparation(entry):
        assert prepare(other, cache=tmp_path / "cache").card.interactions == 3


def test_a_wait_is_announced_and_ends(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(cache_module, "LOCK_TIMEOUT", 0.2)
    dataset = table(tmp_path, TEXT)
    entry = cache_module.entry_folder(dataset, dataset.locate(), tmp_path / "cache")
    entry.parent.mkdir(parents=True)

    def hold():
        with FileLock(entry.with_name(f".{entry.name}.lock")):
            (tmp_path / "held").touch()
            time.sleep(60)

    child = in_a_process(hold)
    wait_for(tmp_path / "held")
    try:
        assert prepare(dataset, cache=tmp_path / "cache").card.interactions == 3
    finally:
        os.kill(child, signal.SIGKILL)
        outcome(child)
    assert f"another process is preparing {entry.name}: waiting for it, at most 0.2 s" in caplog.text
    assert "is not kept: another process is still preparing" in caplog.text
    assert not entry.exists()


@pytest.mark.parametrize("writing", range(8))
def test_a_killed_preparation_leaves_nothing_that_is_taken_for_complete(tmp_path, reads, writing, monkeypatch):
    """Killed at each of its seven files, and before the last step, the new name of the folder."""
    dataset, step = table(tmp_path, TEXT), iter(range(8))
    write, rename = cache_module.write_atomically, Path.rename

    def die_here():
        if next(step) == writing:
            os.kill(os.getpid(), signal.SIGKILL)

    def work():
        monkeypatch.setattr(cache_module, "write_atomically", lambda *given: (die_here(), write(*given)))
        monkeypatch.setattr(Path, "rename", lambda *given: (die_here(), rename(*given)))
        prepare(dataset, cache=tmp_path / "cache")

    assert outcome(in_a_process(work)) == -signal.SIGKILL
    folder = tmp_path / "cache" / "datasets"
    assert [path for path in folder.iterdir() if not path.name.startswith(".")] == []
    assert prepare(dataset, cache=tmp_path / "cache").card.interactions == 3
    assert len(reads.read_text().splitlines()) == 2
    assert [path.suffix for path in folder.iterdir()].count(".tmp") == 0  # and what was left is gone


def files(cache: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in cache.glob("datasets/*/*.npy")}


@pytest.mark.parametrize("kind", ["whole ids", "text ids"])
def test_the_number_of_threads_changes_no_bit(tmp_path, monkeypatch, kind):
    """One thread and whole blocks, then four threads and blocks of a few lines."""
    dataset = MovieLensLatestSmall(name="films")
    if kind == "text ids":
        columns = {"user": "userId", "item": "movieId", "time": "timestamp", "rating": "rating", "min_rating": 3}
        dataset = table(tmp_path, "", path=str(dataset.locate()), **columns)
    threads = pa.cpu_count()
    try:
        pa.set_cpu_count(1)
        prepare(dataset, cache=tmp_path / "one")
        pa.set_cpu_count(4)
        monkeypatch.setattr(text, "BLOCK", 1 << 12)
        monkeypatch.setattr(order, "ROWS_AT_A_TIME", 100)
        prepare(dataset, cache=tmp_path / "four")
    finally:
        pa.set_cpu_count(threads)
    assert len(files(tmp_path / "one")) == 6
    assert files(tmp_path / "one") == files(tmp_path / "four")


def test_a_second_start_opens_no_raw_file(tmp_path, monkeypatch):
    """Not even to hash it."""
    dataset = table(tmp_path, TEXT)
    os.utime(dataset.locate(), (0, 0))  # long settled
    first = prepare(dataset, cache=tmp_path / "cache")
    monkeypatch.setattr(Table, "read", lambda *_: pytest.fail("read again"))
    with mock.patch.object(Path, "open", autospec=True, side_effect=Path.open) as opened:
        second = prepare(dataset, cache=tmp_path / "cache")
    assert dataset.locate() not in [call.args[0] for call in opened.call_args_list]
    np.testing.assert_array_equal(second.interactions.item_idx, first.interactions.item_idx)
