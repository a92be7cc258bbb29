import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from recexp.data.cache import entries as cache_module
from recexp.data.cache.entries import entry_folder
from recexp.data.prepare import prepare
from recexp.dataset.csv import Table
from tests.unit.dataset.tables import table

TEXT = "user,item,time\na,x,1\na,y,2\nb,x,3\n"


@pytest.fixture
def reads(monkeypatch) -> list[Path]:
    """The files that were read, one entry a reading."""
    seen: list[Path] = []
    read = Table.read

    def counting(self, file):
        seen.append(file)
        return read(self, file)

    monkeypatch.setattr(Table, "read", counting)
    return seen


def kept(cache: Path) -> Path:
    (entry,) = (path for path in (cache / "datasets").iterdir() if path.suffix != ".lock")  # and nothing half-written
    return entry


def test_the_second_time_nothing_is_read_and_all_is_equal(tmp_path, reads):
    first, second = (prepare(table(tmp_path, TEXT), cache=tmp_path / "cache") for _ in range(2))
    assert len(reads) == 1
    assert second.card == first.card
    for name, array in vars(first.interactions).items():
        np.testing.assert_array_equal(getattr(second.interactions, name), array, strict=True)


def test_the_place_of_the_raw_file_does_not_count(tmp_path, reads):
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        prepare(table(tmp_path / folder, TEXT), cache=tmp_path / "cache")
    assert len(reads) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"k_core": 1},
        {"name": "other"},
        {"licence": "free"},
        {"time": None},
        {"user": "item", "item": "user"},
        {"expected": {"users": 2}},
    ],
    ids=str,
)
def test_every_parameter_counts(tmp_path, reads, change):
    prepare(table(tmp_path, TEXT), cache=tmp_path)
    prepare(table(tmp_path, TEXT, **change), cache=tmp_path)
    assert len(reads) == 2


def test_other_bytes_parser_and_version_count(tmp_path, monkeypatch):
    class Other(Table):
        pass

    dataset = table(tmp_path, TEXT)
    files = {entry_folder(dataset, dataset.locate(), tmp_path)}
    files.add(entry_folder(Other(**vars(dataset)), dataset.locate(), tmp_path))
    monkeypatch.setattr(cache_module, "PREPARATION_VERSION", -1)
    files.add(entry_folder(dataset, dataset.locate(), tmp_path))
    monkeypatch.undo()
    dataset.locate().write_text(TEXT + "b,y,4\n")
    files.add(entry_folder(dataset, dataset.locate(), tmp_path))
    assert len(files) == 4


def test_an_edited_parser_counts(tmp_path, monkeypatch):
    """A researcher who mends a parser must not be served what the old one read."""
    dataset = table(tmp_path, TEXT)
    before = entry_folder(dataset, dataset.locate(), tmp_path)
    edited = tmp_path / "edited.py"
    edited.write_text("# mended")
    monkeypatch.setattr(cache_module.inspect, "getfile", lambda parser: str(edited))
    assert entry_folder(dataset, dataset.locate(), tmp_path) != before


def test_a_parser_typed_into_a_notebook_is_never_cached(tmp_path):
    scope = {"__name__": "__main__", "Table": Table}
    exec("class Typed(Table): pass", scope)
    dataset = scope["Typed"](**vars(table(tmp_path, TEXT)))
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr("__main__.__file__", raising=False)  # as in a notebook
        assert prepare(dataset, cache=tmp_path / "cache").card.interactions == 3
    assert not (tmp_path / "cache").exists()


FILES = ["user_idx.npy", "item_idx.npy", "time.npy", "offsets.npy", "user_ids.npy", "item_ids.npy", "manifest.json"]


@pytest.mark.parametrize("place", [0.0, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_byte_never_changes_the_data(tmp_path, name, place):
    good = prepare(table(tmp_path, TEXT), cache=tmp_path / "cache")
    file = kept(tmp_path / "cache") / name
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    file.write_bytes(content)
    again = prepare(table(tmp_path, TEXT), cache=tmp_path / "cache")
    assert again.card == good.card
    assert again.interactions.sha256() == good.card.sha256


@pytest.mark.parametrize("left", [0, 1, 100, -1], ids=["nothing", "a byte", "the start", "all but a byte"])
@pytest.mark.parametrize("name", FILES)
def test_a_cut_entry_is_made_again(tmp_path, reads, name, left, caplog):
    prepare(table(tmp_path, TEXT), cache=tmp_path / "cache")
    file = kept(tmp_path / "cache") / name
    whole = file.stat().st_size
    file.write_bytes(file.read_bytes()[:left])
    prepare(table(tmp_path, TEXT), cache=tmp_path / "cache")
    assert len(reads) == 2
    assert "damaged" in caplog.text
    assert (kept(tmp_path / "cache") / name).stat().st_size == whole


@pytest.mark.parametrize("name", FILES)
def test_an_entry_without_a_file_is_made_again(tmp_path, reads, name):
    prepare(table(tmp_path, TEXT), cache=tmp_path / "cache")
    (kept(tmp_path / "cache") / name).unlink()
    prepare(table(tmp_path, TEXT), cache=tmp_path / "cache")
    assert len(reads) == 2


def test_another_array_of_the_same_size_is_noticed(tmp_path, reads):
    """Sound as a file, but not the data whose hash stands on the card."""
    good = prepare(table(tmp_path, TEXT), cache=tmp_path / "cache")
    np.save(kept(tmp_path / "cache") / "item_idx.npy", good.interactions.item_idx % 2 + 1)
    assert prepare(table(tmp_path, TEXT), cache=tmp_path / "cache").interactions.sha256() == good.card.sha256
    assert len(reads) == 2


def test_a_copied_cache_serves(tmp_path, reads):
    """Its files have other times, so that their content is checked."""
    prepare(table(tmp_path, TEXT), cache=tmp_path / "cache")
    shutil.copytree(tmp_path / "cache", tmp_path / "copy", copy_function=shutil.copyfile)
    prepare(table(tmp_path, TEXT), cache=tmp_path / "copy")
    assert len(reads) == 1


def test_arrays_are_mapped_and_cannot_be_changed(tmp_path):
    for _ in range(2):  # the first time too: then all jobs on a machine share the same memory
        for array in vars(prepare(table(tmp_path, TEXT), cache=tmp_path / "cache").interactions).values():
            assert type(array) is np.ndarray
            with pytest.raises(ValueError, match="read-only"):
                array[0] = array[0]


def test_a_place_that_cannot_be_written_is_a_warning(tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with caplog.at_level(logging.WARNING):
        prepared = prepare(table(tmp_path, TEXT), cache=blocked / "cache")
    assert prepared.card.interactions == 3
    assert "not kept" in caplog.text
    assert blocked.read_text() == "not a folder"
