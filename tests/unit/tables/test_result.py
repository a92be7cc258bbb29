"""The numbers of a table, from ranks that runs have left."""

import numpy as np
import pandas as pd
import pytest

from recexp.errors import ConfigError, RunError
from recexp.tables.definition import Column, Definition, Row
from recexp.tables.entry import Entry
from recexp.tables.protocols import Measured, check_one_protocol
from recexp.tables.result import TableResult
from tests.records import finish, protocol

USERS = 60


def ranks(hits):
    """The first `hits` users have rank 1, the others 31."""
    higher = np.where(np.arange(USERS) < hits, 0, 30)
    return pd.DataFrame({"user": np.arange(USERS), "target": 1, "higher": higher, "equal": 0, "history_len": 5})


@pytest.fixture
def result(tmp_path):
    """`good` hits 45 and 51 of 60 users, `bad` 6 and 6; `absent` is not built."""
    column = Column(metrics=["hr@10"], key="small", label="small")
    rows = {
        "good": Row(overrides=[], published={"small": {"hr@10": 0.8}}, key="good", label="good", faults=["lucky"]),
        "bad": Row(overrides=[], published={"small": {"hr@10": 0.3}}, key="bad", label="bad"),
        "absent": Row(overrides=[], sees=["time"], key="absent", label="absent"),
    }
    definition = Definition(
        title="Three | rows", source="a paper", columns={"small": column}, rows=rows, seeds=[1, 2], name="three",
        compare=[["good", "bad"], ["good", "absent"]], faults={"lucky": "Best of 100 % of the runs."},
    )  # fmt: skip
    entries = [Entry(row, column) for row in rows.values()]
    for entry, hits in zip(entries, [(45, 51), (6, 6)], strict=False):
        for seed, of_seed in enumerate(hits, start=1):
            entry.runs.append(finish(tmp_path / entry.row.key, f"seed={seed}", ranks=ranks(of_seed)))
    entries[2].problems = ["not built: there is no attention=absent"] * 2
    return TableResult(definition, entries, [])


def test_a_row_has_its_mean_its_deviation_its_interval_and_its_verdict(result):
    good, bad, absent = result.frame.to_dict("records")
    assert good["mean"] == pytest.approx((45 + 51) / 2 / 60)
    assert good["sd"] == pytest.approx(np.std([45 / 60, 51 / 60], ddof=1))
    assert good["low"] < good["mean"] < good["high"]
    assert good["with_seeds_high"] - good["with_seeds_low"] >= good["high"] - good["low"]
    assert [it["verdict"] for it in (good, bad, absent)] == ["within", "below", ""]
    assert (absent["status"], absent["reason"]) == ("not built", "not built: there is no attention=absent")
    assert (good["seeds"], good["users"], good["seconds"]) == (2, 60, 4)


def test_rows_are_compared_over_users_whatever_the_number_of_seeds(result):
    """T10: 48 of 60 users, not 96 of 120."""
    (pair,) = result.comparisons.to_dict("records")
    assert (pair["row"], pair["against"], pair["users"]) == ("good", "bad", 60)
    assert (pair["wins"], pair["ties"], pair["losses"]) == (45, 15, 0)
    assert pair["p_holm"] == pair["p_randomisation"] < 0.001


def test_slices_have_their_number_of_users(result):
    table = result.slices("history_length")
    assert table[["row", "group", "users"]].to_numpy().tolist() == [["good", "5-9", 60], ["bad", "5-9", 60]]
    assert table["mean"].tolist() == pytest.approx([0.8, 0.1])


def test_two_fingerprints_in_a_column_are_refused_by_name(result, tmp_path):
    """T9."""
    other = finish(tmp_path / "other", "seed=3", ranks=ranks(1), under=protocol("e" * 12, candidates="100 negatives"))
    result.entries[1].runs.append(other)
    with pytest.raises(
        RunError, match=r"row good has the fingerprint ffffffffffff, row bad eeeeeeeeeeee.*100 negatives"
    ):
        result.frame  # noqa: B018


def test_two_protocols_in_a_column_are_refused_before_a_run():
    """T9."""
    words = {"dataset": "small, no filters", "split": "leave-one-out", "candidates": "full catalogue"}
    same = [Measured("a", "one", words), Measured("b", "one", words), Measured("c", "two", words | {"split": "ratio"})]
    check_one_protocol(same)
    with pytest.raises(
        ConfigError, match="column one mixes protocols: split of row a is 'leave-one-out', of row d 'ratio'"
    ):
        check_one_protocol([*same, Measured("d", "one", words | {"split": "ratio"})])


def test_seeds_that_are_missing_are_counted(result):
    result.entries[0].runs.pop()
    result.entries[0].problems = ["failed: out of memory"]
    row = result.frame.iloc[0]
    assert (row["status"], row["seeds"], row["reason"]) == ("partial", 1, "failed: out of memory")
    assert np.isnan(row["sd"])
    assert np.isnan(row["with_seeds_low"])
