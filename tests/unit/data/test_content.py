import os

import pytest

from recexp.data.cache import content
from recexp.data.cache.content import content_sha256
from recexp.files import file_sha256


@pytest.fixture(autouse=True)
def reads(monkeypatch):
    """The files that were read, one entry a reading; every file counts as long settled."""
    seen = []
    monkeypatch.setattr(content, "file_sha256", lambda file: (seen.append(file), file_sha256(file))[1])
    monkeypatch.setattr(content, "TICK", -(10**12))
    return seen


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "ratings.csv"
    file.write_bytes(b"1,2\n")
    return file


def test_an_unchanged_file_is_read_once(file, tmp_path, reads):
    found = {content_sha256(file, tmp_path / "notes") for _ in range(3)}
    assert found == {file_sha256(file)}
    assert reads == [file]


def test_the_spelling_of_the_path_does_not_count(file, tmp_path, monkeypatch, reads):
    content_sha256(file, tmp_path / "notes")
    monkeypatch.chdir(tmp_path)
    content_sha256(file.relative_to(tmp_path), tmp_path / "notes")
    assert len(reads) == 1


def rewritten(file):
    file.write_bytes(b"1,3\n")


def rewritten_with_its_old_time(file):
    before = file.stat()
    file.write_bytes(b"1,3\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(file):
    other = file.with_name("other")
    other.write_bytes(b"1,3\n")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.replace(file)


def grown(file):
    with file.open("ab") as stream:
        stream.write(b"3,4\n")


@pytest.mark.parametrize("change", [rewritten, rewritten_with_its_old_time, replaced, grown])
def test_a_changed_file_is_read_again(file, tmp_path, change):
    before = content_sha256(file, tmp_path / "notes")
    change(file)
    after = content_sha256(file, tmp_path / "notes")
    assert after != before
    assert after == file_sha256(file)


def test_a_moved_file_is_read_again_and_has_the_same_hash(file, tmp_path, reads):
    before = content_sha256(file, tmp_path / "notes")
    assert content_sha256(file.rename(tmp_path / "moved.csv"), tmp_path / "notes") == before
    assert len(reads) == 2


def test_a_file_that_was_just_written_is_not_noted(file, tmp_path, monkeypatch, reads):
    """It may be written to again within the same tick of the clock, and look unchanged."""
    monkeypatch.setattr(content, "TICK", 10**12)
    for _ in range(2):
        content_sha256(file, tmp_path / "notes")
    assert len(reads) == 2


@pytest.mark.parametrize("text", ["", "nonsense", "a\nb\nc", "\xff"])
def test_a_damaged_note_is_made_again(file, tmp_path, text, reads):
    content_sha256(file, tmp_path / "notes")
    (note,) = (tmp_path / "notes").iterdir()
    note.write_text(text, encoding="latin-1")
    assert content_sha256(file, tmp_path / "notes") == file_sha256(file)
    content_sha256(file, tmp_path / "notes")
    assert len(reads) == 2


def test_without_a_place_for_notes_it_is_read_each_time(file, tmp_path, reads):
    for _ in range(2):
        assert content_sha256(file, file / "notes") == file_sha256(file)
    assert len(reads) == 2
