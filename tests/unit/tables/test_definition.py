"""What conf/table/NAME.yaml may say, and what every table of recexp does."""

import re
from pathlib import Path

import pytest

from recexp.config.compose import choices, conf_dir, parse
from recexp.errors import ConfigError
from recexp.tables.definition import names, read_definition, selected
from recexp.tables.run import Request, run_table

TABLE = """
title: Two rows
source: nobody
seeds: [1, 2]
columns: {small: {overrides: [dataset=ml-latest-small], metrics: [hr@10, mrr]}}
faults: {lucky: best of many}
rows:
  mean: {overrides: [attention=mean], published: {small: {hr@10: .2}}, faults: [lucky]}
  user: {overrides: [attention=user], sees: [user], band: {small: {mrr: [.1, .2]}}}
compare: [[user, mean]]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "table").mkdir()
    return tmp_path


def read(folder, text=TABLE):
    (folder / "table" / "two.yaml").write_text(text)
    return read_definition("two", folder)


def test_a_band_is_the_one_named_or_the_published_value_within_the_tolerance(folder):
    definition = read(folder)
    mean, user = definition.rows.values()
    column = definition.columns["small"]
    assert definition.band(mean, column, "hr@10") == pytest.approx((0.19, 0.21))
    assert definition.band(mean, column, "mrr") is None
    assert definition.band(user, column, "mrr") == (0.1, 0.2)
    assert (user.key, user.label, definition.name) == ("user", "user", "two")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("overrides: [attention=mean]", "overides: [attention=mean]", "overides"),
        ("faults: [lucky]", "faults: [luky]", "Did you mean 'lucky'"),
        ("sees: [user]", "sees: [users]", "Did you mean 'user'"),
        ("{small: {hr@10: .2}}", "{smal: {hr@10: .2}}", "Did you mean 'small'"),
        ("{small: {hr@10: .2}}", "{small: {hr@5: .2}}", r"published\.small: unknown key 'hr@5'"),
        ("{small: {hr@10: .2}}", "{small: {hr@10: much}}", r"rows\.mean\.published"),
        ("[.1, .2]", "[.2, .1]", r"expected \[least, most\]"),
        ("[[user, mean]]", "[[user, item]]", "unknown key 'item'"),
        ("[[user, mean]]", "[[user, user]]", "expected two rows"),
        ("metrics: [hr@10, mrr]", "metrics: [hr@10, mr]", "Did you mean 'mrr'"),
        ("seeds: [1, 2]", "seeds: []", "at least one row, one column and one seed"),
        ("attention=mean", "attention", "expected key=value"),
    ],
)
def test_what_nobody_reads_is_refused(folder, right, wrong, message):
    """T21."""
    assert right in TABLE
    with pytest.raises(ConfigError, match=message):
        read(folder, TABLE.replace(right, wrong, 1))


def test_the_example_of_the_docs_is_a_definition(folder):
    text = (Path(__file__).parents[3] / "docs" / "tables.md").read_text()
    (example,) = re.findall(r"```yaml\n# my_conf/table/mine.yaml.*?\n(.*?)```", text, re.DOTALL)
    assert read(folder, example).rows["searched"].search.trials == 20


def test_rows_and_seeds_are_selected(folder):
    definition = read(folder)
    one = selected(definition, only=["user"], seeds=[7])
    assert (list(one.rows), one.seeds, one.compare) == (["user"], [7], [])
    assert selected(definition).seeds == [1, 2]
    with pytest.raises(ConfigError, match="Did you mean 'user'"):
        selected(definition, only=["usr"])
    with pytest.raises(ConfigError, match=r"no conf/table/tow\.yaml.*'two'"):
        read_definition("tow", folder)


@pytest.mark.parametrize("name", names())
def test_a_table_of_recexp_can_be_read_and_its_columns_are_there(name):
    definition = read_definition(name)
    for column in definition.columns.values():
        chosen = {
            override.key_or_group: override.value() for override in parse([*definition.overrides, *column.overrides])
        }
        assert chosen["dataset"] in choices("dataset") or name == "rechorus-grocery"
        assert chosen.get("protocol", "full") in choices("protocol")
    assert f"table={name}" in (conf_dir() / "table" / f"{name}.yaml").read_text().splitlines()[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_row_of_a_table_is_one_that_can_be_run_or_is_not_built(name, tmp_path, monkeypatch, capsys):
    """A row that names what a variant does not have would be refused."""
    for folder in ("runs", "data", "cache"):
        monkeypatch.setenv(f"RECEXP_{folder.upper()}", str(tmp_path / folder))
    result = run_table(Request(name, ["logger=none"], seeds=[0], dry_run=True))
    reasons = [reason for entry in result.entries for reason in entry.problems]
    assert all(reason.startswith(("to run", "to search", "not built")) for reason in reasons), reasons
