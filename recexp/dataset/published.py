"""Datasets that others have published: where their files lie on this machine, and whence they come where missing."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from recexp.dataset.base import Dataset
from recexp.dataset.download.fetch import fetch_archive, fetch_file, is_archive, name_in
from recexp.errors import DataError, RecexpError


@dataclass(frozen=True, kw_only=True)
class Published(Dataset):
    """path: the folder of the files (they may lie in a subfolder named as the archive), or that file itself.

    file: name of the file with the interactions; one that ends in .gz may also lie there unpacked.
    places: more folders to look in, seen from `path`.
    url: of that file, maybe as .gz, or of the zip archive that holds it; None where it must be fetched by hand.
    sha256: of what lies at `url`, in hexadecimal; None where nobody has published a sum.
    beside: address -> SHA-256 of further files that are fetched with it.
    homepage: where its owners describe it and state its terms.
    """

    file: str
    places: Sequence[str] = ()
    url: str | None = None
    sha256: str | None = None
    beside: Mapping[str, str | None] | None = None
    homepage: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "places", tuple(self.places))  # a list of a config is none for JSON

    def find(self) -> Path | None:
        """The raw file, or None when it is not on this machine."""
        path = Path(self.path).expanduser()
        names = (self.file, self.file.removesuffix(".gz"))
        if path.is_file() and path.name in names:
            return path
        elsewhere = (Path(os.path.normpath(path / place)) for place in self.places)  # `path` itself may not exist
        folders = (path, self._unpacked(path), *elsewhere)
        return next((file for folder in folders for name in names if (file := folder / name).is_file()), None)

    def locate(self) -> Path:
        file = self.find()
        if file is None:
            self._fetch(Path(self.path).expanduser())
            file = self.find()
        if file is None:
            unpacked = self._unpacked(Path(self.path).expanduser())
            raise DataError(
                f"dataset {self.name!r}: {unpacked} has no {self.file}; remove that folder and it is fetched again"
            )
        return file

    def _unpacked(self, path: Path) -> Path:
        """The folder that becomes of the archive."""
        name = name_in(self.url or "")
        return path / Path(name).stem if is_archive(name) else path

    def _fetch(self, folder: Path) -> None:
        place = f"put {self.file} into {folder}, or set the environment's RECEXP_DATA to the folder that has "
        place += f"{folder.name}/{self.file}"
        if self.url is None:
            raise DataError(
                f"dataset {self.name!r}: {self.file} is not in {folder}, and its owners want you to fetch it yourself, "
                f"under their terms: {self.homepage}. Then {place}"
            )
        try:
            if is_archive(name_in(self.url)):
                fetch_archive(self.url, self._unpacked(folder), sha256=self.sha256)
            else:
                fetch_file(self.url, folder / self.file, sha256=self.sha256)
            for url, sha256 in (self.beside or {}).items():
                fetch_file(url, folder / name_in(url), sha256=sha256)
        except RecexpError as error:
            raise DataError(
                f"dataset {self.name!r}: {self.file} is not in {folder}, and fetching it failed: {error}. "
                f"By hand: get {self.url} and {place}. A mirror: dataset.url=ADDRESS"
            ) from error
