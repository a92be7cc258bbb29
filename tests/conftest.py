"""Data for the tests: what comes with the package, and real datasets where this machine has them."""

import os
from pathlib import Path

import pytest

from recexp.data.interactions import Prepared
from recexp.data.prepare import prepare
from recexp.dataset.movielens import MovieLensLatestSmall

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with ml-100k, ml-1m and beauty-5core: RECEXP_DATA, or shared/data beside the repository."""
    for folder in (Path(os.environ.get("RECEXP_DATA", "data")), ROOT.parent / "shared" / "data"):
        if (folder / "ml-100k" / "u.data").is_file():
            return folder
    pytest.skip("needs the real datasets: set RECEXP_DATA")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """ml-latest-small, unfiltered."""
    return prepare(MovieLensLatestSmall(name="ml-latest-small"), cache=tmp_path_factory.mktemp("cache"))
