"""The notebooks run from the first cell to the last, and what they show comes from nobody's machine."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SMALLER = {"EPOCHS = 40": "EPOCHS = 1", "K_CORE = 20": "K_CORE = 50"}  # for the test alone
MACHINE = re.compile(r"(?<![\w.:/])/(home|root|tmp|usr|var|work|Users|opt)/")  # a path, not a part of a link


def cells(name):
    notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text())
    assert notebook["nbformat"] == 4
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("name", sorted(file.stem for file in NOTEBOOKS.glob("*.ipynb")))
def test_a_notebook_is_as_it_was_executed(name):
    assert [cell["execution_count"] for cell in cells(name)] == list(range(1, len(cells(name)) + 1))
    assert any(cell["outputs"] for cell in cells(name))
    for output in (output for cell in cells(name) for output in cell["outputs"]):
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr"
        assert not MACHINE.search(json.dumps(output))


def test_attention_weights(monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    sources = ["".join(cell["source"]) for cell in cells("attention_weights")]
    for usual, smaller in SMALLER.items():
        assert sum(usual in source for source in sources) == 1
        sources = [source.replace(usual, smaller) for source in sources]
    names = {"__name__": "notebook"}
    for source in sources:
        exec(source, names)
    table, asked = names["table"], names["asked"]
    for attention in names["ATTENTIONS"]:
        assert table[attention].sum() == pytest.approx(1, abs=1e-4)
    assert np.allclose(asked.drop(columns="film").sum(), 1, atol=1e-4)
    assert table["film"].str.contains(r"\(\d{4}\)").all()

    (picture,) = [source for source in sources if "matplotlib" in source]
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # as where it is not installed
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    capsys.readouterr()
    exec(picture, names)
    assert table["film"].iloc[-1] in capsys.readouterr().out
