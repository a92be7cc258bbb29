"""Files appear whole or not at all; a refusal of the system says what to do."""

import errno

import pytest

from recexp.errors import RunError
from recexp.files import write_atomically


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
