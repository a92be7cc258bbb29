"""Sweeps of the tests' own."""

import pytest

from tests.unit.search.sweeps import own_sweeps


@pytest.fixture
def sweeps(tmp_path, monkeypatch):
    """sweeps(name, yaml): writes a sweep that `recexp search sweep=name` then finds."""
    return own_sweeps(tmp_path / "conf", monkeypatch)
