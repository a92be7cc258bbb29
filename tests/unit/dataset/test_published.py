"""Where files are looked for, and how they come from a server on the loopback."""

import gzip
import hashlib
import zipfile
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pandas as pd
import pytest
from omegaconf import OmegaConf

from recexp.data.cache.entries import entry_folder
from recexp.dataset.download.fetch import fetch_archive, fetch_file
from recexp.dataset.published import Published
from recexp.errors import DataError

TEXT = "1 2\n"


@dataclass(frozen=True, kw_only=True)
class Rows(Published):
    """Of a text file with one number."""

    file: str = "rows.txt"

    def read(self, file) -> pd.DataFrame:
        return pd.DataFrame({"user": [1], "item": [int(file.read_text())]})


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """(folder, address) of a server."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield folder, f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("place", ["rows.txt", "a/b/rows.txt", "../elsewhere/rows.txt"])
def test_a_file_is_found_in_its_places(tmp_path, place):
    """The dataset's own folder need not exist."""
    file = (tmp_path / "rows" / place).resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    dataset = Rows(name="rows", path=str(tmp_path / "rows"), places=["a/b", "../elsewhere"])
    assert dataset.find() == dataset.locate() == file


def test_the_path_may_be_the_file_under_its_name(tmp_path):
    for name in ("rows.txt", "other.txt"):
        (tmp_path / name).touch()
    assert Rows(name="rows", path=str(tmp_path / "rows.txt")).find() == tmp_path / "rows.txt"
    assert Rows(name="rows", path=str(tmp_path / "other.txt")).find() is None


def test_a_packed_file_may_lie_there_unpacked(tmp_path):
    (tmp_path / "rows.json").touch()
    assert Rows(name="rows", path=str(tmp_path), file="rows.json.gz").locate() == tmp_path / "rows.json"


def test_places_from_a_config_fit_the_cache(tmp_path):
    (tmp_path / "rows.txt").touch()
    node = OmegaConf.create({"places": ["x"], "beside": {"http://a/b": None}, "filtered": {"k_core=5": {"users": 1}}})
    dataset = Rows(name="rows", path=str(tmp_path), **node)
    plain = Rows(name="rows", path=str(tmp_path), **OmegaConf.to_container(node))
    assert entry_folder(dataset, dataset.locate(), tmp_path) == entry_folder(plain, plain.locate(), tmp_path)


def test_a_file_is_fetched_with_those_beside_it(tmp_path, served):
    folder, address = served
    (folder / "rows.txt").write_text("7")
    (folder / "more.json").write_text("{}")
    dataset = Rows(
        name="rows",
        path=str(tmp_path / "data" / "rows"),
        url=f"{address}/rows.txt",
        sha256=sha256(b"7"),
        beside={f"{address}/more.json": sha256(b"{}")},
    )
    assert dataset.read(dataset.locate())["item"].tolist() == [7]
    assert (tmp_path / "data" / "rows" / "more.json").read_text() == "{}"


def test_a_packed_file_is_unpacked_on_arrival(tmp_path, served):
    folder, address = served
    packed = gzip.compress(b"7")
    (folder / "rows.txt.gz").write_bytes(packed)
    file = tmp_path / "rows.txt"
    fetch_file(f"{address}/rows.txt.gz", file, sha256=sha256(packed))
    assert file.read_text() == "7"
    assert not (tmp_path / "rows.txt.gz").exists()


def test_a_packed_file_put_there_by_hand_serves(tmp_path):
    (tmp_path / "rows.txt.gz").write_bytes(gzip.compress(b"7"))
    fetch_file("http://127.0.0.1:1/rows.txt.gz", tmp_path / "rows.txt", sha256=None)
    assert (tmp_path / "rows.txt").read_text() == "7"


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"7" * 5000)[:-9], b""], ids=["other", "cut", "empty"])
def test_a_damaged_packed_file_becomes_none(tmp_path, content):
    (tmp_path / "rows.txt.gz").write_bytes(content)
    if content:
        with pytest.raises(DataError, match="is damaged"):
            fetch_file("http://127.0.0.1:1/rows.txt.gz", tmp_path / "rows.txt", sha256=None)
        assert not (tmp_path / "rows.txt").exists()


def test_a_folder_of_another_name_in_the_archive_is_left_out(tmp_path, served):
    folder, address = served
    with zipfile.ZipFile(folder / "ml-10m.zip", "w") as archive:
        archive.writestr("ml-10M100K/rows.txt", "7")
    dataset = Rows(name="rows", path=str(tmp_path / "ml-10m"), url=f"{address}/ml-10m.zip")
    assert dataset.locate() == tmp_path / "ml-10m" / "ml-10m" / "rows.txt"


def test_without_a_published_sum_the_found_one_is_told(tmp_path, served, caplog):
    folder, address = served
    (folder / "rows.txt").write_text("7")
    fetch_file(f"{address}/rows.txt", tmp_path / "rows.txt", sha256=None)
    assert f"SHA-256 {sha256(b'7')}; none is published" in caplog.text


def test_another_sum_is_an_error_that_tells_what_to_do(tmp_path, served):
    folder, address = served
    (folder / "rows.txt").write_text("8")
    dataset = Rows(name="rows", path=str(tmp_path / "rows"), url=f"{address}/rows.txt", sha256=sha256(b"7"))
    with pytest.raises(DataError, match=r"has SHA-256 .* By hand: get http.* RECEXP_DATA .* A mirror: dataset\.url"):
        dataset.locate()
    assert dataset.find() is None


def test_what_nobody_may_fetch_is_not_fetched(tmp_path):
    dataset = Rows(name="rows", path=str(tmp_path), homepage="https://terms")
    with pytest.raises(DataError, match="fetch it yourself, under their terms: https://terms"):
        dataset.locate()


def test_two_names_of_an_archive_do_not_meet(tmp_path, served):
    """An archive lies beside its folder only while it is unpacked."""
    folder, address = served
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("rows.txt", "7")
    fetch_archive(f"{address}/a.zip", tmp_path / "a", sha256=None)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["served", "a"]
