"""Datasets that lie in a published zip archive, which is downloaded where it is missing."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from recexp.dataset.base import Dataset
from recexp.dataset.download import fetch_archive
from recexp.errors import DataError


@dataclass(frozen=True, kw_only=True)
class ArchiveDataset(Dataset):
    """path: the folder of the files: directly there, in a subfolder of the archive's name, or downloaded to that.

    url: of the zip archive. sha256: of the archive, in hexadecimal. member: name of the file with the interactions.
    """

    url: str
    sha256: str
    member: ClassVar[str]

    def locate(self) -> Path:
        folder = Path(self.path).expanduser()
        unpacked = folder / Path(self.url).stem
        places = (folder / self.member, unpacked / self.member)
        if not any(place.is_file() for place in places):
            try:
                fetch_archive(self.url, unpacked, sha256=self.sha256)
            except DataError as error:
                raise DataError(
                    f"dataset {self.name!r}: {self.member} is not in {folder}, and downloading it failed: {error}\n"
                    f"Unpack {self.url} in {folder} by hand, or let RECEXP_DATA name the folder that has {folder.name}/"
                ) from error
        for place in places:
            if place.is_file():
                return place
        raise DataError(f"dataset {self.name!r}: {self.url} has no {self.member}")
