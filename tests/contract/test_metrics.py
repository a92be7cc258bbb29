"""What every metric in conf/metric promises, for the ranks of one target among N candidates."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from recexp.batching.batches import RankingBatch
from recexp.evaluation.evaluator import Evaluator
from tests.models import CONF, choices

N = 40
KS = [1, 2, 5, 10, 20, N]
HIGHER, EQUAL = (place.ravel() for place in np.meshgrid(np.arange(N), np.arange(N)))
HIGHER, EQUAL = HIGHER[HIGHER + EQUAL < N], EQUAL[HIGHER + EQUAL < N]  # every tie that N candidates allow


@pytest.fixture(params=choices("metric"))
def metric(request):
    return instantiate(OmegaConf.load(CONF / "metric" / f"{request.param}.yaml"))[request.param]


def cutoffs(metric):
    return KS if metric.at_k else [None]


def test_its_name_is_its_yamls(metric, request):
    """Keys of tables come from the one, keys of checks from the other."""
    assert metric.name == request.node.callspec.params["metric"]


def test_values_lie_between_0_and_1(metric):
    """T7: whatever the rank, the tie and the cut-off."""
    for k in cutoffs(metric):
        value_B = metric.per_user(HIGHER, EQUAL, k)
        assert ((value_B >= 0) & (value_B <= 1)).all()


def test_the_best_rank_gives_1_and_a_worse_one_never_more(metric):
    for k in cutoffs(metric):
        value_B = metric.per_user(np.arange(N), np.zeros(N, int), k)
        assert value_B[0] == 1
        assert (np.diff(value_B) <= 0).all()
        assert value_B[-1] < 1 or k == N


def test_a_longer_list_never_gives_less(metric):
    values = [metric.per_user(HIGHER, EQUAL, k) for k in KS]
    assert all((short <= long + 1e-12).all() for short, long in pairwise(values))


def constant_scorer(metric):
    """What a model gets that scores everything alike, over targets from every place of the catalogue."""
    nothing, target_B = torch.zeros(0, dtype=torch.long), torch.arange(1, N + 1)
    evaluator = Evaluator([metric], KS, "constant")
    evaluator.add(
        RankingBatch(target_B, target_B, target_B[:, None], target_B, nothing, nothing, None, None), torch.zeros(N, N)
    )
    return evaluator.metrics()


def test_a_constant_scorer_gets_what_random_order_gives(metric):
    """T1, T3: the mean over all ranks; for the hit rate that is k / N."""
    found = constant_scorer(metric)
    assert len(found) == len(cutoffs(metric))
    for k in cutoffs(metric):
        every_rank = metric.per_user(np.arange(N), np.zeros(N, int), k)
        key = metric.name if k is None else f"{metric.name}@{k}"
        assert found[key] == pytest.approx(every_rank.mean(), abs=1e-12)
        if metric.name == "hr":
            assert found[key] == pytest.approx(k / N, abs=1e-12)
