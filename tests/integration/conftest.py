"""A place for commands."""

import pandas as pd
import pytest


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty working folder, with a small dataset beside it; data, cache and runs lie there too."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "160")
    for name in ("data", "cache", "runs"):
        monkeypatch.setenv(f"RECEXP_{name.upper()}", str(tmp_path / name))
    rows = [(user, (user * 3 + step) % 15) for user in range(12) for step in range(8)]
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(tmp_path / "small.csv", index=False)
    return tmp_path
