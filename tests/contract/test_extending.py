"""The examples of README.md and docs/extending.md, written to a folder outside the package as a stranger would."""

import re
import runpy
import tempfile
from pathlib import Path

import pytest

from recexp.cli import main
from recexp.testing import attention_contract

REPOSITORY = Path(__file__).parents[2]
PAGES = ("README.md", "docs/extending.md")
FENCED = re.compile(r"^```(?:python|yaml)\n# (\S+\.(?:py|yaml))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PARTS = ("embedding_dim=8", "dataset.k_core=20", "trainer.max_epochs=1", "trainer.limit_train_batches=2")

_removed_at_exit = tempfile.TemporaryDirectory()
FOLDER = Path(_removed_at_exit.name)


# Path in the stranger's folder, which is the first line of a code block -> content.
BLOCKS = dict(block for page in PAGES for block in FENCED.findall((REPOSITORY / page).read_text()))
for path, content in BLOCKS.items():
    (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
    (FOLDER / path).write_text(content)
own = runpy.run_path(str(FOLDER / "test_mine.py"))
globals().update({name: contract for name, contract in own.items() if name.startswith("Test")})
TestDecay = attention_contract("attention=decay", config_dir="my_conf")


@pytest.fixture(autouse=True)
def stranger(monkeypatch):
    """Stands in the folder, from which Python imports."""
    monkeypatch.chdir(FOLDER)
    monkeypatch.syspath_prepend(FOLDER)


def test_every_example_of_the_page_is_a_file_and_every_yaml_is_checked():
    page = (REPOSITORY / PAGES[1]).read_text()
    assert len(FENCED.findall(page)) == page.count("```") / 2
    for path in BLOCKS:
        if path.endswith(".yaml") and "decay" not in path:
            group, choice = path.removeprefix("my_conf/").removesuffix(".yaml").rsplit("/", 1)
            check = f'metric_contract("{choice}"' if group == "metric" else f'"{group}={choice}"'
            assert check in BLOCKS["test_mine.py"]


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


def test_an_attention_that_reads_times_needs_them_before_anything_is_written(tmp_path, capsys):
    file = tmp_path / "no_times.csv"
    file.write_text("user,item\n" + "\n".join(f"{user},{item}" for user in range(3) for item in range(4)))
    options = ["dataset=csv", f"dataset.path={file}", "ks=[2]", "logger=none", "trainer.accelerator=cpu"]
    folders = [f"paths.runs={tmp_path}/runs", f"paths.cache={tmp_path}/cache"]
    assert main(["train", "--config-dir", "my_conf", "attention=gap", *options, *folders]) == 2
    assert "GapAttention reads the times of interactions, and there are none" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
