"""Datasets that lie in a published zip archive, which is downloaded where it is missing."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from recexp.dataset.base import Dataset
from recexp.dataset.download import fetch_archive
from recexp.errors import DataError, RecexpError


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
        if (file := folder / self.member).is_file():
            return file
        file = unpacked / self.member
        if not file.is_file():
            try:
                fetch_archive(self.url, unpacked, sha256=self.sha256)
            except RecexpError as error:
                raise DataError(
                    f"dataset {self.name!r}: {self.member} is not in {folder}, and fetching it failed: {error}. "
                    f"By hand: unpack {self.url} in {folder}, or set the environment's RECEXP_DATA to the folder that "
                    f"has {folder.name}/{self.member}"
                ) from error
        if not file.is_file():
            raise DataError(
                f"dataset {self.name!r}: {unpacked} has no {self.member}; remove that folder and it is fetched again"
            )
        return file
