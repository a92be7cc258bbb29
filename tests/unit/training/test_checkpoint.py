"""Checkpoints are whole or not there; what is not one says so; they may move with their folder."""

import errno
from pathlib import Path

import pytest
import torch
from pytorch_lightning.callbacks import ModelCheckpoint

from recexp import files
from recexp.errors import RunError
from recexp.training.checkpoint import AtomicCheckpoints, load_weights, read_checkpoint


class FullDisk:
    """A file with room for `room` bytes."""

    def __init__(self, stream, room):
        self.stream, self.room = stream, room

    def write(self, content):
        self.stream.write(content[: self.room])
        if len(content) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("room", [0, 1000, 300_000])
def test_full_disk_leaves_the_old_checkpoint_and_names_the_file(room, tmp_path, monkeypatch):
    file = tmp_path / "best.ckpt"
    AtomicCheckpoints().save_checkpoint({"weight": torch.zeros(100_000)}, file)
    write = files.write_atomically
    monkeypatch.setattr(
        "recexp.training.checkpoint.write_atomically",
        lambda path, fill: write(path, lambda stream: fill(FullDisk(stream, room))),
    )
    with pytest.raises(RunError, match=r"cannot write .*best\.ckpt: No space left on device\. Free some space"):
        AtomicCheckpoints().save_checkpoint({"weight": torch.ones(100_000)}, file)
    assert torch.equal(read_checkpoint(file)["weight"], torch.zeros(100_000))
    assert list(tmp_path.iterdir()) == [file]


def test_missing_and_damaged_checkpoints_say_what_to_do(tmp_path):
    file = tmp_path / "best.ckpt"
    with pytest.raises(RunError, match=r"best\.ckpt is missing.*force=true"):
        read_checkpoint(file)
    torch.save({"weight": torch.zeros(1000)}, file)
    for content in (b"", b"text", file.read_bytes()[:2000]):
        file.write_bytes(content)
        with pytest.raises(RunError, match=r"best\.ckpt cannot be read as a checkpoint.*force=true"):
            read_checkpoint(file)


@pytest.mark.parametrize("read", [read_checkpoint, AtomicCheckpoints().load_checkpoint])
def test_no_flipped_byte_gives_other_weights(read, tmp_path):
    """torch reads them without a word: damage is noticed wherever a number could change."""
    file = tmp_path / "last.ckpt"
    weight, noticed = torch.arange(400.0), 0
    AtomicCheckpoints().save_checkpoint({"state_dict": {"weight": weight}, "callbacks": {}, "epoch": 3}, file)
    content = file.read_bytes()
    for place in range(0, len(content), 7):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        try:
            found = read(file)
        except RunError:
            noticed += 1
        else:
            assert torch.equal(found["state_dict"]["weight"], weight)
            assert found["epoch"] == 3
    assert noticed > weight.nbytes / 7  # in the numbers themselves, all


def test_what_is_no_checkpoint(tmp_path):
    torch.save([1, 2], tmp_path / "list.ckpt")
    torch.save({"weight": torch.ones(2)}, tmp_path / "old.ckpt", _use_new_zipfile_serialization=False)  # no checksums
    for file in tmp_path.iterdir():
        with pytest.raises(RunError, match="cannot be read as a checkpoint"):
            read_checkpoint(file)


def test_the_best_epoch_is_remembered_in_a_moved_folder(tmp_path):
    """Lightning forgets it there: the first epoch after a move would overwrite a better one."""

    def callback(folder: Path) -> ModelCheckpoint:
        return ModelCheckpoint(dirpath=folder, filename="best", monitor="val/ndcg@10", mode="max")

    before = callback(tmp_path / "before")
    best = str(tmp_path / "before" / "best.ckpt")
    before.best_model_score, before.best_k_models = torch.tensor(0.5), {best: torch.tensor(0.5)}
    before.best_model_path = before.kth_best_model_path = best
    (tmp_path / "before").mkdir()
    checkpoint = {"callbacks": {"best": before.state_dict(), "history": {"rows": []}}}
    AtomicCheckpoints().save_checkpoint(checkpoint, tmp_path / "before" / "last.ckpt")
    (tmp_path / "before").rename(tmp_path / "after")
    after = callback(tmp_path / "after")
    after.load_state_dict(AtomicCheckpoints().load_checkpoint(tmp_path / "after" / "last.ckpt")["callbacks"]["best"])
    assert after.best_model_score == 0.5
    assert after.best_k_models == {str(tmp_path / "after" / "best.ckpt"): torch.tensor(0.5)}
    assert after.kth_best_model_path == str(tmp_path / "after" / "best.ckpt")


WEIGHT, BIAS = {"recommender.weight": torch.ones(2, 3)}, {"recommender.bias": torch.zeros(2)}


def test_weights_that_fit_are_taken(tmp_path):
    file, layer = tmp_path / "best.ckpt", torch.nn.Linear(3, 2)
    torch.save({"run_hash": "mine", "state_dict": WEIGHT | BIAS | {"other": torch.ones(1)}}, file)
    load_weights(layer, file, "mine")
    assert layer.weight.eq(1).all()
    with pytest.raises(RunError, match=r"belongs to run 'mine', expected 'theirs'"):
        load_weights(layer, file, "theirs")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"state_dict": 3},
        {"state_dict": {1: 2}},
        {"state_dict": {"recommender.weight": "text"}},
        {"state_dict": WEIGHT},
        {"state_dict": WEIGHT | {"recommender.bias": torch.zeros(3)}},
        {"state_dict": WEIGHT | BIAS | {"recommender.more": torch.ones(1)}},
    ],
)
def test_weights_that_do_not_fit_name_the_file(content, tmp_path):
    """A run folder may come from anyone: its checkpoint may be whole and be of something else."""
    file = tmp_path / "best.ckpt"
    torch.save(content | {"run_hash": "mine"}, file)
    with pytest.raises(RunError, match=r"best\.ckpt does not hold the weights of the Linear that"):
        load_weights(torch.nn.Linear(3, 2), file, "mine")
