"""The examples of README.md and docs/extending.md, written to a folder outside the package as a stranger would."""

import re
import runpy
import tempfile
from pathlib import Path

import pytest

from recexp.cli import main

REPOSITORY = Path(__file__).parents[2]
PAGES = ("README.md", "docs/extending.md")
FENCED = re.compile(r"^```(?:python|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PARTS = ("embedding_dim=8", "dataset.k_core=20", "trainer.max_epochs=1", "trainer.limit_train_batches=2")

_removed_at_exit = tempfile.TemporaryDirectory()
FOLDER = Path(_removed_at_exit.name)


def blocks() -> dict[str, str]:
    """Path in the stranger's folder, which the block's first line names -> content."""
    found = {}
    for page in PAGES:
        for content in FENCED.findall((REPOSITORY / page).read_text()):
            first = content.partition("\n")[0]
            assert re.fullmatch(r"# \S+\.(py|yaml)", first), f"{page}: a code block begins with {first!r}, not with a file"
            found[first.removeprefix("# ")] = content
    return found


BLOCKS = blocks()
for path, content in BLOCKS.items():
    (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
    (FOLDER / path).write_text(content)
for path in BLOCKS:
    if path.startswith("test_"):
        own = runpy.run_path(str(FOLDER / path))
        globals().update({name: contract for name, contract in own.items() if name.startswith("Test")})


@pytest.fixture(autouse=True)
def stranger(monkeypatch):
    """Stands in the folder, from which Python imports."""
    monkeypatch.chdir(FOLDER)
    monkeypatch.syspath_prepend(FOLDER)


def test_every_yaml_is_checked_by_a_contract():
    checks = "".join(content for path, content in BLOCKS.items() if path.startswith("test_"))
    for path in BLOCKS:
        if path.endswith(".yaml"):
            group, choice = path.removeprefix("my_conf/").removesuffix(".yaml").rsplit("/", 1)
            assert f'"{group}={choice}"' in checks or f'{group}_contract("{choice}"' in checks


@pytest.mark.parametrize(
    "choices",
    [
        ["attention=decay"],
        ["attention=gap", "objective=nearby", "scorer=distance", "loss=hinge", "split=active", "metric=[hr,ndcg,rbp]"],
        ["attention/position=log_distance", "objective=cloze"],
    ],
)
def test_the_command_of_the_page_trains_with_it(choices, tmp_path, monkeypatch, capsys):
    for name in ("runs", "cache"):
        monkeypatch.setenv(f"RECEXP_{name.upper()}", str(tmp_path / name))
    assert main(["train", "--config-dir", "my_conf", *choices, *PARTS, "logger=none"]) == 0
    assert "ndcg@10" in capsys.readouterr().out
    assert len(list((tmp_path / "runs").glob("*/*/*/record.json"))) == 1
