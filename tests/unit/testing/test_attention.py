"""A contract that cannot fail would check nothing."""

import pytest

from recexp.errors import ConfigError
from recexp.testing.attention import AttentionContract


class RefusesAll(AttentionContract):
    """A group in its yaml, of which only the default can be built."""

    overrides = ("attention=user",)
    config_dir = None

    def build(self, *more):
        if any("attention/" in override for override in more):
            raise ConfigError("no")
        return super().build(*more)


class TakesAllForTheDefault(AttentionContract):
    """A group that is not read."""

    overrides = ("attention=user",)
    config_dir = None

    def build(self, *more):
        return super().build()


@pytest.mark.parametrize(
    ("contract", "message"),
    [(RefusesAll, "attention/position: all but the default are refused"), (TakesAllForTheDefault, "score alike")],
)
def test_a_group_that_chooses_nothing_breaks_the_contract(contract, message):
    with pytest.raises(AssertionError, match=message):
        contract().test_every_part_of_its_groups_fits_or_is_refused()
