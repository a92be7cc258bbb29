"""Files from the network: resumed where they broke off, checked, and placed whole or not at all."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import requests
from filelock import FileLock
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from recexp.dataset.download.unpack import gunzip, is_web_page, is_zip, unzip
from recexp.errors import ConfigError, DataError, printable
from recexp.files import explain_write_errors, file_sha256

log = logging.getLogger(__name__)

ATTEMPTS = 5  # a broken connection is taken up again, as long as each attempt brings something
TIMEOUT = (10, 30)  # seconds to connect, and without a byte
CHUNK = 1 << 13  # bytes; as much may be lost of what came before a break


def name_in(url: str) -> str:
    """The file's name in an address, without the query: 'ml.zip' of 'https://host/folder/ml.zip?dl=1'.

    Raises ConfigError for what is no address.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigError(f"dataset.url: got {url!r}, which is no address: {error}") from error
    return PurePosixPath(unquote(parts.path)).name.lstrip(".") or parts.netloc or "download"


def fetch_archive(url: str, folder: Path, *, sha256: str | None) -> None:
    """The content of the zip archive at `url` becomes `folder`, which appears whole or not at all.

    A top folder that holds all else is left out. The archive itself is not kept; one that lies beside `folder` under
    its own name serves, if its sum is right. sha256: None where nobody has published a sum.
    Of two processes the second waits and finds it done.
    Raises DataError for what the network or the archive lacks, RunError for what cannot be written. A download that
    does not unpack is removed, so that the next call fetches it again.
    """
    archive = folder.with_name(name_in(url))
    with explain_write_errors(folder), _alone_with(folder):
        if not folder.exists():
            _obtain(url, archive, sha256, lambda: unzip(archive, folder))
            archive.unlink()


def fetch_file(url: str, file: Path, *, sha256: str | None) -> None:
    """The file at `url` becomes `file`, unpacked when it is *.gz and `file` is not. All else as `fetch_archive`."""
    arrived = file.with_name(name_in(url))

    def place() -> None:
        if is_zip(arrived) and not is_archive(file.name):
            raise DataError(f"{url} is a zip archive, expected {file.name}; the address of an archive ends in .zip")
        if arrived.suffix == ".gz" and file.suffix != ".gz":
            gunzip(arrived, file)
            arrived.unlink()
        else:
            arrived.replace(file)

    with explain_write_errors(file), _alone_with(file):
        if not file.exists():
            _obtain(url, arrived, sha256, place)


def is_archive(name: str) -> bool:
    """Whether a file of this name is unpacked into a folder."""
    return name.lower().endswith(".zip")


def download(url: str, file: Path, *, sha256: str | None) -> None:
    """The bytes at `url` become `file`. What a broken connection leaves in `file`.part is continued by the next call.

    Raises DataError when the server cannot be reached or refuses; for another checksum, or without one for a web page
    in place of a file: then nothing is kept.
    """
    part = file.with_name(f"{file.name}.part")
    for attempt in range(1, ATTEMPTS + 1):
        before = _size(part)
        try:
            _receive(url, part)
            break
        except requests.RequestException as error:
            if attempt == ATTEMPTS or _size(part) <= before:
                kept = f"; {_size(part):,} bytes are kept, the same command goes on from there" if _size(part) else ""
                raise DataError(f"{url} cannot be fetched: {error}{kept}") from error
    found = file_sha256(part)
    if sha256 is None and is_web_page(part):
        part.unlink()
        raise DataError(
            f"{url} is a web page, not a file: it may ask to sign in or to confirm, or say that there is no such file; "
            "what came was removed"
        )
    if sha256 is None:
        log.warning("%s has SHA-256 %s; none is published to compare it with", url, found)
    elif found != sha256:
        part.unlink()
        raise DataError(f"{url} has SHA-256 {found}, expected {sha256}; the file was removed")
    part.replace(file)


@contextmanager
def _alone_with(path: Path) -> Iterator[None]:
    """Makes its folder; one process at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        yield


def _obtain(url: str, file: Path, sha256: str | None, use: Callable[[], None]) -> None:
    """Downloads, unless `file` lies there already, put by hand or left by an interruption; then calls `use`.

    What was downloaded and cannot be used is removed. What lay there is somebody's own and stays.
    """
    is_here = file.is_file() and sha256 in (None, file_sha256(file))
    if not is_here:
        download(url, file, sha256=sha256)
    try:
        use()
    except DataError as error:
        if is_here:
            raise DataError(f"{error}; remove it and it is fetched again") from error
        file.unlink(missing_ok=True)
        raise DataError(f"{error}; what came was removed") from error


def _receive(url: str, part: Path) -> None:
    """Adds to `part` what it lacks, or starts it anew when the server cannot continue."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing lacks; the checksum tells whether it is the right file
        answer.raise_for_status()
        have = have if answer.status_code == requests.codes.partial_content else 0
        total = have + int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
        with part.open("ab" if have else "wb") as stream, _progress() as progress:
            task = progress.add_task(printable(name_in(url)), total=total, completed=have)
            for chunk in answer.iter_content(CHUNK):
                stream.write(chunk)
                progress.advance(task, len(chunk))


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
