"""docs/pitfalls.md explains every T-number that code and tests cite."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ROWS = dict(re.findall(r"^\| (T\d+) (\|.*)\|$", (REPOSITORY / "docs" / "pitfalls.md").read_text(), flags=re.MULTILINE))


def cited(*folders: str) -> set[tuple[str, str]]:
    """(number, file) of each citation in a Python file, files relative to the repository."""
    files = [file for folder in folders for file in (REPOSITORY / folder).rglob("*.py")]
    return {
        (number, file.relative_to(REPOSITORY).as_posix())
        for file in files
        for number in re.findall(r"\bT\d{1,2}\b", file.read_text())
    }


def test_every_number_that_the_code_cites_is_explained():
    unknown = {number for number, _ in cited("recexp", "scripts", "tests") if number not in ROWS}
    assert not unknown, f"docs/pitfalls.md has no row for {sorted(unknown)}"


def test_every_test_that_cites_a_number_is_listed_under_it():
    missing = sorted((number, file) for number, file in cited("tests", "recexp/testing") if file not in ROWS[number])
    assert not missing, f"docs/pitfalls.md does not name these tests: {missing}"


@pytest.mark.parametrize("number", ROWS)
def test_every_listed_test_file_exists(number):
    for file in re.findall(r"`((?:tests|recexp/testing)/[^`]*)`", ROWS[number]):
        assert (REPOSITORY / file).is_file(), f"docs/pitfalls.md, {number}: there is no {file}"
