"""record.json may come from anyone: types are checked, and an edit is noticed."""

import json

import pytest

from recexp.errors import RunError
from recexp.runs.leaderboard import find_records
from recexp.runs.record import SUM, RunRecord, _sum
from tests.records import finish


@pytest.fixture
def values(tmp_path):
    _, record = finish(tmp_path)
    return json.loads(json.dumps(record.to_dict()))


def sealed(values):
    """As a forger would write it, who can also compute a sum."""
    values[SUM] = _sum({key: value for key, value in values.items() if key != SUM})
    return values


def test_a_record_comes_back(values):
    assert RunRecord.from_dict(values).to_dict() == values


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", "42"), ("seed", True), ("label", None), ("attention", 3), ("metrics", []),
        ("metrics", {"test/mrr": "a"}), ("metrics", {"test/mrr": True}), ("metrics", {"test/mrr": None}),
        ("metrics", {"test/mrr": 10**400}), ("protocol", {}), ("protocol", "full"), ("versions", {}),
        ("versions", {"numbers": "one"}), ("started", "yesterday"),
        ("finished", "2026-01-01"), ("config", {}), ("config", {"dataset": "x", "seed": 42}), ("files", {"x": 1}),
        ("files", None), ("hash", "0" * 10), ("data_sha256", "0" * 64),
    ],
)  # fmt: skip
def test_a_field_of_another_kind_is_named(key, value, values):
    values[key] = value
    with pytest.raises(RunError, match=key):
        RunRecord.from_dict(sealed(values))


@pytest.mark.parametrize("target", ["", "nothing", 3, {}])
def test_the_targets_of_its_config_are_paths(target, values):
    values["config"]["optimizer"]["_target_"] = target
    with pytest.raises(RunError, match="config: _target_: got"):
        RunRecord.from_dict(sealed(values))


@pytest.mark.parametrize("values", [[], 3, None, "record", {"seed": 1}])
def test_what_is_no_record_at_all(values):
    with pytest.raises(RunError, match="its fields are not"):
        RunRecord.from_dict(values)


def test_an_edited_number_is_noticed(values):
    values["metrics"]["test/ndcg@10"] = 0.99
    with pytest.raises(RunError, match="changed after the run"):
        RunRecord.from_dict(values)


@pytest.mark.parametrize(
    "content",
    [
        lambda text: text.replace('"test/ndcg@10": 0.25', '"test/ndcg@10": "high"'),
        lambda text: text.replace('"test/ndcg@10": 0.25', '"test/ndcg@10": 0.99'),
        lambda text: "[" * 100_000,
        lambda text: text + " " * (1 << 20),
        lambda text: '{"seed": ' + "9" * 5000 + "}",
    ],
    ids=["text", "edited", "deep", "large", "long number"],
)  # fmt: skip
def test_a_bad_record_hides_no_other(content, tmp_path, caplog):
    good, _ = finish(tmp_path, "seed=1")
    bad, _ = finish(tmp_path, "seed=2")
    bad.record.write_text(content(bad.record.read_text()))
    assert find_records(tmp_path)["run"].tolist() == [str(good.path)]
    assert f"{bad.record} is not a run's record" in caplog.text
    assert len(caplog.text) < 1500
