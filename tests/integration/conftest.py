"""A place for commands, and data with a structure to find."""

import numpy as np
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


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    """60 users who walk a circle of 20 items: item 20 is followed by item 1, so the last item tells the next."""
    file = tmp_path_factory.mktemp("planted") / "circle.csv"
    generator = np.random.default_rng(0)
    start = generator.integers(0, 20, 60)
    frame = pd.DataFrame(
        {"user": np.repeat(np.arange(60), 12), "item": ((start[:, None] + np.arange(12)) % 20 + 1).ravel()}
    )
    frame.to_csv(file, index=False)
    return file
