"""Against servers on the loopback: a good one, one that breaks off, one that cannot continue."""

import hashlib
import re
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread

import pytest

from recexp.data.prepare import prepare
from recexp.dataset.download.fetch import ATTEMPTS, CHUNK, download, fetch_archive, fetch_file, name_in
from recexp.dataset.movielens import MovieLens100K
from recexp.errors import ConfigError, DataError, RunError

RATINGS = "1\t10\t5\t100\n1\t20\t4\t101\n2\t10\t3\t102\n"


def zipped(names: dict[str, str]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return stream.getvalue()


ARCHIVE = zipped({"ml-100k/u.data": RATINGS, "ml-100k/README": "terms " * 20_000})
SHA256 = hashlib.sha256(ARCHIVE).hexdigest()


@dataclass
class Server:
    """Serves `content`; breaks_after: bytes it sends before it hangs up, for each request in turn, None = all."""

    content: bytes = ARCHIVE
    ranges: bool = True
    breaks_after: list[int | None] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)  # the Range of each request
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/datasets/ml-100k.zip"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers["Range"]
        self.asked.append(wanted)
        if "ml-100k.zip" not in request.path:
            return request.send_error(404)
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and self.ranges else 0
        if start >= len(self.content):
            return request.send_error(416)
        body = self.content[start:]
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: self.breaks_after.pop(0) if self.breaks_after else None])
        request.close_connection = True


@pytest.fixture
def serve(monkeypatch):
    """Starts a Server."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = []

    def start(**settings) -> Server:
        server = Server(**settings)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *_):
                pass

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.port = http.server_port
        Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(http)
        return server

    yield start
    for http in running:
        http.shutdown()
        http.server_close()


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_download_is_whole_and_leaves_nothing_else(serve, tmp_path):
    server = serve()
    download(server.url, tmp_path / "file.zip", sha256=SHA256)
    assert (tmp_path / "file.zip").read_bytes() == ARCHIVE
    assert names(tmp_path) == ["file.zip"]
    assert server.asked == [None]


def test_a_broken_connection_is_taken_up_where_it_broke(serve, tmp_path):
    first, second = 8 * CHUNK, 2 * CHUNK
    server = serve(breaks_after=[first + 10, second, None])
    download(server.url, tmp_path / "file.zip", sha256=SHA256)
    assert (tmp_path / "file.zip").read_bytes() == ARCHIVE
    assert server.asked == [None, f"bytes={first}-", f"bytes={first + second}-"]


def test_a_later_call_goes_on(serve, tmp_path):
    server = serve()
    (tmp_path / "file.zip.part").write_bytes(ARCHIVE[:5000])
    download(server.url, tmp_path / "file.zip", sha256=SHA256)
    assert (tmp_path / "file.zip").read_bytes() == ARCHIVE
    assert server.asked == ["bytes=5000-"]


def test_a_server_that_cannot_continue_starts_anew(serve, tmp_path):
    server = serve(ranges=False, breaks_after=[70_000, None])
    download(server.url, tmp_path / "file.zip", sha256=SHA256)
    assert (tmp_path / "file.zip").read_bytes() == ARCHIVE


def test_a_part_that_is_whole_needs_no_more(serve, tmp_path):
    (tmp_path / "file.zip.part").write_bytes(ARCHIVE)
    download(serve().url, tmp_path / "file.zip", sha256=SHA256)
    assert (tmp_path / "file.zip").read_bytes() == ARCHIVE


@pytest.mark.parametrize("breaks_after", [[70_000, *[0] * 9], [CHUNK] * 9], ids=["nothing more comes", "drop by drop"])
def test_giving_up_keeps_what_came_and_says_so(serve, tmp_path, breaks_after):
    server = serve(breaks_after=breaks_after)
    with pytest.raises(DataError, match=r"cannot be fetched: .*[\d,]+ bytes are kept, the same command"):
        download(server.url, tmp_path / "file.zip", sha256=SHA256)
    assert names(tmp_path) == ["file.zip.part"]
    assert len(server.asked) <= ATTEMPTS
    server.breaks_after.clear()
    download(server.url, tmp_path / "file.zip", sha256=SHA256)
    assert names(tmp_path) == ["file.zip"]


def test_another_checksum_removes_the_file_and_names_both(serve, tmp_path):
    with pytest.raises(DataError, match=f"{SHA256}, expected {'0' * 64}"):
        download(serve().url, tmp_path / "file.zip", sha256="0" * 64)
    assert names(tmp_path) == []


def test_a_part_of_another_file_does_not_survive(serve, tmp_path):
    (tmp_path / "file.zip.part").write_bytes(b"x" * 100)
    server = serve()
    with pytest.raises(DataError, match="has SHA-256"):
        download(server.url, tmp_path / "file.zip", sha256=SHA256)
    download(server.url, tmp_path / "file.zip", sha256=SHA256)
    assert (tmp_path / "file.zip").read_bytes() == ARCHIVE


def test_a_refusal_is_named(serve, tmp_path):
    with pytest.raises(DataError, match=r"cannot be fetched: 404 .*none\.zip$"):
        download(serve().url.replace("100k", "none"), tmp_path / "file.zip", sha256=SHA256)
    assert names(tmp_path) == []


def test_no_server_is_an_error_that_names_the_address(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(DataError, match=r"http://127\.0\.0\.1:1/ml-100k\.zip cannot be fetched"):
        download("http://127.0.0.1:1/ml-100k.zip", tmp_path / "file.zip", sha256=SHA256)
    assert names(tmp_path) == []


@pytest.mark.parametrize("top", ["ml-100k/", ""], ids=["in a folder of its name", "bare"])
def test_an_archive_becomes_a_folder(serve, tmp_path, top):
    content = zipped({f"{top}u.data": RATINGS})
    folder = tmp_path / "data" / "ml-100k"
    fetch_archive(serve(content=content).url, folder, sha256=hashlib.sha256(content).hexdigest())
    assert names(folder) == ["u.data"]
    assert [name for name in names(folder.parent) if not name.endswith(".lock")] == ["ml-100k"]


def test_an_archive_put_there_by_hand_serves(serve, tmp_path):
    server = serve()
    (tmp_path / "ml-100k.zip").write_bytes(ARCHIVE)
    fetch_archive(server.url, tmp_path / "ml-100k", sha256=SHA256)
    assert server.asked == []
    assert (tmp_path / "ml-100k" / "u.data").read_text() == RATINGS


def test_a_disk_that_fills_up_leaves_no_folder(serve, tmp_path, monkeypatch):
    def full(self, path):
        (path / "ml-100k").mkdir(parents=True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "extractall", full)
    with pytest.raises(RunError, match="No space left"):
        fetch_archive(serve().url, tmp_path / "ml-100k", sha256=SHA256)
    assert [name for name in names(tmp_path) if not name.endswith(".lock")] == ["ml-100k.zip"]  # verified: serves later


def test_two_processes_fetch_once(serve, tmp_path):
    server = serve()
    both = [
        Thread(target=fetch_archive, args=(server.url, tmp_path / "ml-100k"), kwargs={"sha256": SHA256})
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(server.asked) == 1
    assert (tmp_path / "ml-100k" / "u.data").read_text() == RATINGS


def test_a_dataset_fetches_what_is_missing_once(serve, tmp_path):
    server = serve()
    for _ in range(2):
        dataset = MovieLens100K(name="ml-100k", path=str(tmp_path / "ml-100k"), url=server.url, sha256=SHA256)
        assert prepare(dataset, cache=tmp_path / "cache").card.interactions == 3
    assert len(server.asked) == 1


def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(serve, tmp_path):
    (tmp_path / "blocked").write_text("a file")
    dataset = MovieLens100K(name="ml-100k", path=str(tmp_path / "blocked"), url=serve().url, sha256=SHA256)
    with pytest.raises(DataError, match=r"u\.data is not in .*blocked.*cannot write .*By hand"):
        dataset.locate()


PAGE = b"\n<!DOCTYPE html><html><body>Sign in</body></html>"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PAGE, "is a web page, not a file"),
        (b"Not found", "is not a zip archive that can be unpacked"),
        (ARCHIVE[:-30], "is not a zip archive that can be unpacked"),
    ],
    ids=["a page", "a text", "cut short"],
)
def test_what_does_not_unpack_blocks_no_second_try(serve, tmp_path, content, message):
    """Without a sum to tell it from the archive."""
    server = serve(content=content)
    with pytest.raises(DataError, match=f"{message}.*what came was removed"):
        fetch_archive(server.url, tmp_path / "ml-100k", sha256=None)
    assert [name for name in names(tmp_path) if not name.endswith(".lock")] == []
    server.content = ARCHIVE
    fetch_archive(server.url, tmp_path / "ml-100k", sha256=None)
    assert (tmp_path / "ml-100k" / "u.data").read_text() == RATINGS


def test_an_archive_put_there_by_hand_is_never_removed(serve, tmp_path):
    (tmp_path / "ml-100k.zip").write_bytes(b"my own")
    with pytest.raises(DataError, match=r"ml-100k\.zip is not a zip .*; remove it and it is fetched again"):
        fetch_archive(serve().url, tmp_path / "ml-100k", sha256=None)
    assert (tmp_path / "ml-100k.zip").read_bytes() == b"my own"


@pytest.mark.parametrize(("content", "message"), [(PAGE, "is a web page"), (ARCHIVE, "is a zip archive, expected u")])
def test_a_data_file_is_no_page_and_no_archive(serve, tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        fetch_file(serve(content=content).url, tmp_path / "u.data", sha256=None)
    assert [name for name in names(tmp_path) if not name.endswith(".lock")] == []


@pytest.mark.parametrize("query", ["?dl=1", "?download=true&x=a/b", "#top"])
def test_a_query_is_no_part_of_a_files_name(serve, tmp_path, query):
    url = serve().url + query
    dataset = MovieLens100K(name="ml-100k", path=str(tmp_path / "ml-100k"), url=url, sha256=SHA256)
    assert prepare(dataset, cache=tmp_path / "cache").card.interactions == 3
    assert dataset.find() == tmp_path / "ml-100k" / "ml-100k" / "u.data"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://host/a/ml.zip?dl=1", "ml.zip"),
        ("https://host/a%20b.csv", "a b.csv"),
        ("https://host/a%2F..%2Fb.csv", "b.csv"),
        ("https://host/..", "host"),
        ("https://host", "host"),
    ],
)
def test_the_name_of_a_file_in_an_address(url, name):
    assert name_in(url) == name


def test_what_is_no_address_is_named():
    with pytest.raises(ConfigError, match=r"dataset.url: got 'http://\[bad/x.zip', which is no address"):
        name_in("http://[bad/x.zip")
