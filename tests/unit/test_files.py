"""Files appear whole or not at all; a refusal of the system says what to do."""

import errno
import os

import pytest

from recexp.errors import RunError
from recexp.files import read_text, write_atomically


def test_write_makes_folders_and_replaces(tmp_path):
    file = tmp_path / "a" / "b" / "file.txt"
    write_atomically(file, lambda stream: stream.write(b"first"))
    write_atomically(file, lambda stream: stream.write(b"second"))
    assert file.read_bytes() == b"second"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("bad")])
def test_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, error):
    file = tmp_path / "file.txt"
    file.write_bytes(b"old")

    def write(stream):
        stream.write(b"ne")
        raise error

    with pytest.raises(type(error)):
        write_atomically(file, write)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_full_disk_names_the_file_and_the_remedy(tmp_path):
    def write(stream):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RunError, match=r"file\.txt: No space left on device\. Free some space .* paths\.runs="):
        write_atomically(tmp_path / "file.txt", write)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(RunError, match=r"cannot write .*taken/file\.txt: .*Make its folder writable"):
        write_atomically(tmp_path / "taken" / "file.txt", lambda stream: stream.write(b""))


def test_what_is_no_file_is_not_read(tmp_path):
    """A pipe in a folder of anyone's would be waited for until somebody writes into it."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(RunError, match="is no regular file"):
            read_text(path, most=10)
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "absent", most=10)
