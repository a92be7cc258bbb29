"""The run folder: locked, written whole, finished only when record.json is there."""

import json
import logging
import subprocess
import sys

import pandas as pd
import pytest

from recexp.errors import RunError
from recexp.runs.folder import RunFolder
from recexp.runs.record import RunRecord
from recexp.runs.versions import git_sha
from tests.records import SHA, config, finish

HOLD = """
import sys, time
from pathlib import Path
from recexp.runs.folder import RunFolder
with RunFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of tmp_path / run."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_path_names_dataset_label_seed_and_hash(tmp_path):
    folder = RunFolder.of(config(tmp_path, "attention=item", "seed=7"), SHA)
    assert folder.path.parent == tmp_path / "ml-latest-small" / "item-dot-cross_entropy"
    assert folder.path.name == f"seed7-{folder.hash}"
    assert not tmp_path.joinpath("ml-latest-small").exists()


def test_record_comes_back_as_it_was_written(tmp_path):
    folder, record = finish(tmp_path, "attention=user", "seed=3", metrics={"test/ndcg@10": 0.125})
    assert folder.finished() == record
    assert record.run == f"ml-latest-small/user-dot-cross_entropy/{folder.path.name}"
    assert (record.attention, record.scorer, record.loss, record.seed) == ("user", "dot", "cross_entropy", 3)
    assert json.loads(folder.metrics.read_text()) == {"test/ndcg@10": 0.125}
    assert set(pd.read_parquet(folder.ranks)) == {"user", "higher"}
    assert {"recexp", "numbers", "python", "torch", "numpy"} <= set(record.versions)
    assert str(tmp_path) not in folder.record.read_text()  # nothing of the machine


def test_record_with_other_fields_is_refused(tmp_path):
    _, record = finish(tmp_path)
    values = record.to_dict()
    del values["seed"]
    with pytest.raises(RunError, match="seed"):
        RunRecord.from_dict(values)


def test_run_is_unfinished_until_the_record_is_there(tmp_path, monkeypatch):
    """record.json is the last file: a crash before it must not look like a result."""
    folder, record = finish(tmp_path)
    folder.clear()
    ranks = pd.DataFrame({"user": [1]})

    def crash(*args, **kwargs):
        raise OSError("power cut")

    monkeypatch.setattr(ranks, "to_parquet", crash)
    with pytest.raises(RunError):
        folder.write(record, record.metrics, ranks)
    assert folder.metrics.exists()
    assert folder.finished() is None


@pytest.mark.parametrize("content", ['{"seed": 1', '{"seed": 1}', "[]", b"\xff\xfe"])
def test_broken_record_names_the_file_and_the_remedy(tmp_path, content):
    folder, _ = finish(tmp_path)
    folder.record.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RunError, match=r"record\.json is not a run's record.*force=true"):
        folder.finished()


@pytest.mark.parametrize("name", ["ranks", "best"])
def test_a_file_that_is_not_what_the_run_wrote_is_named(name, tmp_path):
    folder = RunFolder.of(config(tmp_path), SHA)
    folder.checkpoints.mkdir(parents=True)
    folder.best.write_bytes(b"weights")
    _, record = finish(tmp_path)
    file = getattr(folder, name)
    folder.check_file(record, file)
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(RunError, match=rf"{file.name} is not what the run wrote.*force=true"):
        folder.check_file(record, file)
    file.unlink()
    with pytest.raises(RunError, match=rf"{file.name} is missing.*force=true"):
        folder.check_file(record, file)


def test_ranks_that_disagree_with_the_record_are_not_read(tmp_path):
    folder, record = finish(tmp_path)
    assert folder.read_ranks(record)["higher"].tolist() == [0]
    pd.DataFrame({"user": [1], "higher": [7]}).to_parquet(folder.ranks)
    with pytest.raises(RunError, match=r"ranks\.parquet is not what the run wrote"):
        folder.read_ranks(record)


def test_the_config_is_kept_resolved_but_for_the_folders_of_a_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("RECEXP_DATA", "/there")
    folder, _ = finish(tmp_path, "dataset=ml-100k", "attention=item")
    text = folder.config.read_text()
    assert [line.strip() for line in text.splitlines() if "${" in line] == ["path: ${paths.data}/ml-100k"]
    assert "  data: /there" in text
    assert "monitor: val/ndcg@10" in text


def test_a_stopped_clearing_leaves_no_finished_run_without_its_files(tmp_path, monkeypatch):
    folder, _ = finish(tmp_path)

    def stop(*arguments, **options):
        raise KeyboardInterrupt

    folder.checkpoints.mkdir()
    monkeypatch.setattr("recexp.runs.folder.shutil.rmtree", stop)
    monkeypatch.setattr("pathlib.Path.iterdir", lambda path: iter([folder.checkpoints, folder.ranks, folder.record]))
    with pytest.raises(KeyboardInterrupt):
        folder.clear()
    assert folder.ranks.exists()
    assert folder.finished() is None


def test_force_starts_in_an_empty_folder(tmp_path):
    folder, _ = finish(tmp_path)
    folder.checkpoints.mkdir()
    folder.last.write_bytes(b"weights")
    folder.start(config(tmp_path, "force=true"))
    assert sorted(path.name for path in folder.path.iterdir()) == ["config.yaml"]


def test_resumed_start_keeps_the_checkpoints(tmp_path):
    folder = RunFolder.of(config(tmp_path), SHA)
    folder.checkpoints.mkdir(parents=True)
    folder.last.write_bytes(b"weights")
    folder.start(config(tmp_path))
    assert folder.last.exists()


def test_error_inside_the_lock_is_kept_and_goes_away_with_success(tmp_path):
    folder = RunFolder.of(config(tmp_path), SHA)
    with pytest.raises(ZeroDivisionError), folder.lock():
        1 / 0  # noqa: B018
    failure = json.loads(folder.failure.read_text())
    assert failure["error"] == "ZeroDivisionError: division by zero"
    assert "Traceback" in failure["traceback"]
    assert folder.finished() is None
    finish(tmp_path)
    assert not folder.failure.exists()


def test_lock_held_elsewhere_says_so_and_gives_up(tmp_path, holder, caplog):
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(RunError, match=r"another process has been working on .*run"), folder.lock(timeout=0.2):
        pytest.fail("the lock was not held")
    assert "waiting" in caplog.text
    assert not folder.failure.exists()  # it is the other's folder


def test_lock_is_free_after_kill_9(tmp_path, holder):
    holder.kill()
    holder.wait()
    with RunFolder(tmp_path / "run").lock(timeout=5):
        pass


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "runs").write_text("a file")
    folder = RunFolder.of(config(tmp_path / "runs"), SHA)
    with pytest.raises(RunError, match=r"cannot write .*Make its folder writable.*paths\.runs="), folder.lock():
        pytest.fail("there is no folder")


def test_log_of_the_run_is_kept(tmp_path):
    folder = RunFolder.of(config(tmp_path), SHA)
    with folder.lock():
        logging.getLogger("recexp.test").warning("halfway")
    logging.getLogger("recexp.test").warning("afterwards")
    assert "halfway" in folder.log.read_text()
    assert "afterwards" not in folder.log.read_text()


def test_git_sha_names_this_checkout():
    sha = git_sha()
    assert sha is None or len(sha.removesuffix("-dirty")) == 40
