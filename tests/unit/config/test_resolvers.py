"""What conf/ computes: the monitor is a metric that is measured, whatever `ks` and `metric` are."""

import pytest

from recexp.config.dry_run import dry_run_learning
from recexp.experiment import check
from tests.composed import composed


@pytest.mark.parametrize(
    ("overrides", "monitor"),
    [
        ([], "val/ndcg@10"),
        (["ks=[5]"], "val/ndcg@5"),
        (["ks=[20,5]"], "val/ndcg@20"),
        (["ks=[100,10,20]"], "val/ndcg@10"),
        (["metric=[hr,mrr]"], "val/hr@10"),
        (["metric=[mrr]", "ks=[3]"], "val/mrr"),
        (["ks=[5]", "callbacks.early_stopping.monitor=val/hr@5"], "val/hr@5"),
    ],
)
def test_the_monitor_is_measured(overrides, monitor):
    cfg = composed("trainer.accelerator=cpu", *overrides)
    assert cfg.callbacks.early_stopping.monitor == monitor
    dry_run_learning(cfg)


@pytest.mark.parametrize("override", ["ks=5", "ks=[]", "ks=[five]", "ks=null", "metric.hr._target_=nothing.Here"])
def test_what_is_wrong_with_others_is_said_of_them(override):
    key = override.partition("=")[0]
    with pytest.raises(ValueError, match=rf"^{key}: got") as caught:
        check(composed("trainer.accelerator=cpu", override))
    assert "monitor" not in str(caught.value)
