"""What is said of a study: its trials, their number, what mattered."""

import pytest
from optuna.trial import TrialState

from recexp.search.report import FEWEST, importance, summary, trials_table
from tests.unit.search.studies import SPACE, finished_study


def test_importance_finds_the_parameter_that_decides():
    shares = importance(finished_study(30))
    assert shares.sum() == pytest.approx(1)
    assert shares.index[0] in ("embedding_dim", "optimizer.lr")
    assert shares["attention.num_blocks"] < 0.1
    assert shares.equals(importance(finished_study(30)))


def test_importance_of_few_trials_or_of_equal_ones_is_not_told():
    assert importance(finished_study(FEWEST - 1)) is None
    equal = finished_study(0)
    for _ in range(FEWEST):
        equal.tell(equal.ask(dict(SPACE)), 0.5)
    assert importance(equal) is None


def test_only_a_finished_trial_has_a_value():
    study = finished_study(1)
    pruned = study.ask(dict(SPACE))
    pruned.report(0.9, 0)
    study.tell(pruned, state=TrialState.PRUNED)
    failed = study.ask(dict(SPACE))
    failed.set_user_attr("failed", "failed: NaN")
    study.tell(failed, state=TrialState.FAIL)
    study.ask(dict(SPACE))
    table = trials_table(study.get_trials(), SPACE, "val/ndcg@10")
    assert table["state"].tolist() == ["finished", "pruned", "failed", "running"]
    assert table["val/ndcg@10"].notna().tolist() == [True, False, False, False]
    assert table["epochs"].tolist() == [0, 1, 0, 0]
    assert table["reason"].tolist()[2] == "failed: NaN"
    assert summary(study.get_trials()) == "4 trials: 1 finished, 1 pruned, 1 failed, 1 running"
