"""What every metric promises, for the ranks of one target among N candidates."""

from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch
from hydra.utils import instantiate

from recexp.batching.batches import RankingBatch, SeenItems
from recexp.batching.histories import Histories
from recexp.evaluation.evaluator import Evaluator
from recexp.metric.base import Metric
from recexp.testing.small import compose_config

N = 40
KS = (1, 2, 5, 10, 20, N)
HIGHER, EQUAL = (place.ravel() for place in np.meshgrid(np.arange(N), np.arange(N)))
HIGHER, EQUAL = HIGHER[HIGHER + EQUAL < N], EQUAL[HIGHER + EQUAL < N]  # every tie that N candidates allow


class MetricContract:
    name: ClassVar[str]
    config_dir: ClassVar[str | None]

    def metric(self) -> Metric:
        cfg = compose_config(f"metric=[{self.name}]", config_dir=self.config_dir)
        return instantiate(cfg.metric)[self.name]

    def test_its_name_is_its_yamls(self) -> None:
        """Keys of tables come from the one, keys of checks from the other."""
        assert self.metric().name == self.name

    def test_values_lie_between_0_and_1(self) -> None:
        """T7: whatever the rank, the tie and the cut-off."""
        for k in cutoffs(self.metric()):
            value_B = self.metric().per_user(HIGHER, EQUAL, k)
            assert ((value_B >= 0) & (value_B <= 1)).all()

    def test_the_best_rank_gives_1_and_a_worse_one_never_more(self) -> None:
        for k in cutoffs(self.metric()):
            value_B = self.metric().per_user(np.arange(N), np.zeros(N, int), k)
            assert value_B[0] == 1
            assert (np.diff(value_B) <= 0).all()
            assert value_B[-1] < 1 or k == N

    def test_a_longer_list_never_gives_less(self) -> None:
        values = [self.metric().per_user(HIGHER, EQUAL, k) for k in KS]
        assert all((short <= long + 1e-12).all() for short, long in pairwise(values))

    def test_a_constant_scorer_gets_what_random_order_gives(self) -> None:
        """T1, T3: the mean over all ranks."""
        metric = self.metric()
        nothing, target_B = torch.zeros(0, dtype=torch.long), torch.arange(1, N + 1)
        histories = Histories(target_B, target_B[:, None], torch.ones_like(target_B))
        evaluator = Evaluator([metric], KS, "constant")
        evaluator.add(RankingBatch(target_B, histories, target_B, SeenItems(nothing, nothing), None), torch.zeros(N, N))
        found = evaluator.metrics()
        assert len(found) == len(cutoffs(metric))
        for k in cutoffs(metric):
            every_rank = metric.per_user(np.arange(N), np.zeros(N, int), k)
            assert abs(found[metric.name if k is None else f"{metric.name}@{k}"] - every_rank.mean()) < 1e-12


def metric_contract(name: str, config_dir: str | None = None) -> type[MetricContract]:
    """A test class for the metric of conf/metric/<name>.yaml."""
    return type("MetricContract", (MetricContract,), {"name": name, "config_dir": config_dir})


def cutoffs(metric: Metric) -> list[int | None]:
    return list(KS) if metric.at_k else [None]
