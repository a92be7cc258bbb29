"""Files from the network: resumed, checked, and placed whole or not at all."""

import hashlib
from pathlib import Path


def file_sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def fetch_archive(url: str, folder: Path, *, sha256: str) -> None:
    raise NotImplementedError
