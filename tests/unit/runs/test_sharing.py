"""What runs have in common lies on the disk once, and each folder is whole all the same."""

import os
import shutil

import pytest

from recexp.runs.sharing import share


@pytest.fixture
def place(tmp_path):
    """Two runs that keep the same, a third that keeps something else, and the store beside them."""
    for name, text in {"a": "same", "b": "same", "c": "other"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.parquet").write_text(text)
    return tmp_path


def share_all(place):
    for name in "abc":
        share(place / name / "data.parquet", place / "store")


def inode(place, name):
    return (place / name / "data.parquet").stat().st_ino


def test_equal_files_are_one(place):
    share_all(place)
    assert inode(place, "a") == inode(place, "b") != inode(place, "c")
    assert [(place / name / "data.parquet").read_text() for name in "abc"] == ["same", "same", "other"]
    assert len(list((place / "store").iterdir())) == 2
    share_all(place)  # as a run that goes on does
    assert inode(place, "a") == inode(place, "b")
    assert len(list((place / "store").iterdir())) == 2


def test_a_copied_folder_is_whole(place):
    share_all(place)
    shutil.copytree(place / "a", place / "copy")
    shutil.rmtree(place / "a")
    shutil.rmtree(place / "store")
    assert (place / "copy" / "data.parquet").read_text() == "same"
    assert (place / "b" / "data.parquet").read_text() == "same"


def test_what_no_run_has_any_more_is_removed(place):
    share_all(place)
    shutil.rmtree(place / "c")
    share(place / "a" / "data.parquet", place / "store")
    assert [file.read_text() for file in (place / "store").iterdir()] == ["same"]


def test_a_damaged_copy_is_not_passed_on(place):
    share(place / "a" / "data.parquet", place / "store")
    (shared,) = (place / "store").iterdir()
    shared.write_text("flipped")  # and with it that of run a
    share(place / "b" / "data.parquet", place / "store")
    assert (place / "b" / "data.parquet").read_text() == "same"
    assert shared.read_text() == "same"


def test_without_hard_links_each_run_has_its_own(place, monkeypatch):
    def refuse(*arguments):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    share_all(place)
    assert [(place / name / "data.parquet").read_text() for name in "abc"] == ["same", "same", "other"]
    assert list((place / "store").iterdir()) == []
