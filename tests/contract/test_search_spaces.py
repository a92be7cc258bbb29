"""What every space of `recexp search` promises: its overrides compose, and each key of its space is one of theirs."""

from itertools import cycle, islice

import pytest

from recexp.search.settings import read_settings
from tests.contract.yamls import FILES, as_written, group_of, load


def files(group: str, count: int) -> list:
    """`count` yaml files of the group, the first ones again when there are fewer."""
    return list(islice(cycle(file for file in FILES if group_of(file) == group), count))


GROUPS = ("search_space", "search_space/sampler", "search_space/pruner")
COUNT = max(sum(group_of(file) == group for file in FILES) for group in GROUPS)
SEARCHES = list(zip(*(files(group, COUNT) for group in GROUPS), strict=True))  # each of each group once at least


@pytest.mark.parametrize(
    ("space", "sampler", "pruner"), SEARCHES, ids=["-".join(file.stem for file in files) for files in SEARCHES]
)
def test_a_space_can_be_searched(space, sampler, pruner):
    settings = read_settings(
        [f"search_space={space.stem}", f"search_space/sampler={sampler.stem}", f"search_space/pruner={pruner.stem}"]
    )
    assert set(settings.space) == set(load(space).space)
    assert settings.node["sampler"] == as_written(sampler)
    assert settings.node["pruner"] == as_written(pruner)
