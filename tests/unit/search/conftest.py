"""Sweeps of the tests' own."""

import pytest

from tests.unit.search.spaces import own_spaces


@pytest.fixture
def sweeps(tmp_path, monkeypatch):
    """sweeps(name, yaml): writes a sweep that `recexp search search_space=name` then finds."""
    return own_spaces(tmp_path / "conf", monkeypatch)
