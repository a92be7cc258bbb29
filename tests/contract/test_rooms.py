"""The rooms (sub-packages) of recexp: which may import which, and that docs/architecture.md names each of them."""

import ast
import re
from pathlib import Path

import pytest
from importlinter import api  # noqa: F401 (importing it configures the linter)
from importlinter.application import use_cases

import recexp

PACKAGE = Path(recexp.__file__).parent
REPOSITORY = Path(__file__).parents[2]
ROOMS = sorted(file.parent.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*/__init__.py"))


def test_every_room_imports_only_rooms_below_it():
    kept = use_cases.lint_imports(config_filename=str(REPOSITORY / "pyproject.toml"), cache_dir=None, no_logo=True)
    assert kept, "an import points up: the report above names it. The order is in pyproject.toml, [tool.importlinter]"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_in_one_sentence_what_it_does_and_the_docs_repeat_it(room):
    docstring = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text())) or ""
    sentence = docstring.partition("\n\n")[0]
    assert re.fullmatch(r"[^\n]+[^.]\.", sentence), f"the docstring of recexp/{room}/__init__.py must begin with a line"
    line = f"| `{room}/` | {sentence} |"
    assert line in (REPOSITORY / "docs" / "architecture.md").read_text(), f"docs/architecture.md lacks the line: {line}"


def test_at_most_eight_modules_lie_outside_a_room():
    loose = sorted(file.name for file in PACKAGE.glob("*.py"))
    assert len(loose) <= 8, f"move one of {loose} into a room"
