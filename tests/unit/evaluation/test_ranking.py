"""Ranks and metrics: hand-computed truths, ties, invariances, an independent oracle."""

from itertools import pairwise
from math import log2

import ir_measures
import numpy as np
import pandas as pd
import pytest
import torch

from recexp.batching.batches import RankingBatch, SeenItems
from recexp.batching.histories import Histories
from recexp.errors import RunError
from recexp.evaluation.evaluator import Evaluator
from recexp.evaluation.ranking import count_among_candidates, count_among_catalogue
from recexp.metric.hr import HitRate
from recexp.metric.mrr import MRR
from recexp.metric.ndcg import NDCG

NOTHING = SeenItems(torch.zeros(0, dtype=torch.long), torch.zeros(0, dtype=torch.long))


def one(metric, higher, equal, k=None):
    return float(metric.per_user(np.array([higher]), np.array([equal]), k)[0])


def test_without_ties():
    assert one(HitRate(), 9, 0, 10) == 1
    assert one(HitRate(), 10, 0, 10) == 0
    assert one(NDCG(), 2, 0, 10) == pytest.approx((1 / log2(4)) / (1 / log2(2)), abs=1e-15)
    assert one(MRR(), 3, 0) == pytest.approx(1 / 4, abs=1e-12)


def test_ties_are_the_expectation_under_random_order():
    """Two others tie with the target behind one better item: ranks 2, 3, 4 are equally likely."""
    assert one(HitRate(), 1, 2, 3) == pytest.approx(2 / 3, abs=1e-15)
    assert one(NDCG(), 1, 2, 3) == pytest.approx((1 / log2(3) + 1 / log2(4)) / 3, abs=1e-15)
    assert one(MRR(), 1, 2) == pytest.approx((1 / 2 + 1 / 3 + 1 / 4) / 3, abs=1e-15)


def test_a_constant_scorer_gets_k_over_n():
    """T1: a model that says nothing hits as often as chance."""
    score_BN = torch.zeros(5, 40)
    higher, equal, candidates = count_among_catalogue(score_BN, torch.arange(1, 6), NOTHING)
    assert candidates.tolist() == [40] * 5
    for k in (1, 10, 40):
        assert HitRate().per_user(higher.numpy(), equal.numpy(), k) == pytest.approx(k / 40)


def test_metrics_are_bounded_and_grow_with_k():
    """T7."""
    generator = np.random.default_rng(0)
    higher, equal = generator.integers(0, 60, 500), generator.integers(0, 9, 500)
    for metric in (HitRate(), NDCG()):
        values = [metric.per_user(higher, equal, k) for k in (1, 2, 5, 10, 50, 100)]
        assert all((low <= high + 1e-12).all() for low, high in pairwise(values))
        assert (values[0] >= 0).all()
        assert (values[-1] <= 1).all()


def naive_counts(scores, target, seen):
    others = [i for i in range(1, len(scores) + 1) if i != target and i not in seen]
    own = scores[target - 1]
    higher, equal = sum(scores[i - 1] > own for i in others), sum(scores[i - 1] == own for i in others)
    return higher, equal, len(others) + 1


def test_counts_against_loops():
    """T13; the target stays a candidate when it was seen before."""
    generator = np.random.default_rng(1)
    score_BN = torch.from_numpy(generator.integers(0, 5, (50, 30)).astype(float))  # many ties
    target_B = torch.from_numpy(generator.integers(1, 31, 50))
    seen = [
        set(generator.choice(np.arange(1, 31), generator.integers(0, 29), replace=False).tolist()) for _ in range(50)
    ]
    rows = torch.tensor([row for row in range(50) for _ in seen[row]])
    items = torch.tensor([item for row in range(50) for item in seen[row]])
    found = torch.stack(count_among_catalogue(score_BN, target_B, SeenItems(rows, items)), dim=1).tolist()
    for row in range(50):
        expected = naive_counts(score_BN[row].tolist(), int(target_B[row]), seen[row])
        assert tuple(found[row]) == expected


def test_the_order_of_candidates_changes_nothing():
    """T4, and padding with 0 adds no candidate."""
    generator = torch.Generator().manual_seed(0)
    score_BN = torch.randint(0, 4, (3, 20), generator=generator).double()
    target_B = torch.tensor([1, 2, 3])
    candidate_BC = torch.tensor([[4, 5, 6, 0], [7, 8, 9, 10], [20, 19, 0, 0]])
    shuffled_BC = candidate_BC[:, torch.tensor([2, 0, 3, 1])]
    first = count_among_candidates(score_BN, target_B, candidate_BC)
    for before, after in zip(first, count_among_candidates(score_BN, target_B, shuffled_BC), strict=True):
        assert torch.equal(before, after)
    assert first[2].tolist() == [4, 5, 3]


def batch_of(target_B, rows=None):
    users = torch.arange(len(target_B)) if rows is None else rows
    return RankingBatch(users, Histories(users, users[:, None], torch.ones_like(users)), target_B, NOTHING, None)


def evaluator():
    return Evaluator([HitRate(), NDCG(), MRR()], [1, 5, 10], "model")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_score_that_is_not_finite_is_an_error(bad):
    """T2: the message names the model and the user."""
    score_BN = torch.zeros(3, 4)
    score_BN[1, 2] = bad
    with pytest.raises(RunError, match=r"model .*user_idx 1"):
        evaluator().add(batch_of(torch.tensor([1, 1, 1])), score_BN)


def test_batch_size_changes_no_metric():
    """T8: the mean is over users, to the last bit."""
    generator = torch.Generator().manual_seed(0)
    score_BN = torch.randint(0, 50, (600, 70), generator=generator).double()
    target_B = torch.randint(1, 71, (600,), generator=generator)
    results = []
    for size in (1, 7, 512):
        found = evaluator()
        for rows in torch.arange(600).split(size):
            found.add(batch_of(target_B[rows], rows), score_BN[rows])
        results.append(found.metrics())
    assert results[0] == results[1] == results[2]


def test_an_independent_oracle_agrees():
    """ir-measures (trec_eval) on scores without ties, to 1e-10."""
    generator = np.random.default_rng(3)
    scores = np.argsort(generator.random((60, 90)), axis=1).astype(float)
    targets = generator.integers(1, 91, 60)
    found = evaluator()
    found.add(batch_of(torch.from_numpy(targets)), torch.from_numpy(scores))
    run = pd.DataFrame(
        [(str(u), str(i + 1), scores[u, i]) for u in range(60) for i in range(90)],
        columns=["query_id", "doc_id", "score"],
    )
    qrels = pd.DataFrame({"query_id": map(str, range(60)), "doc_id": targets.astype(str), "relevance": 1})
    names = {"hr@1": "R@1", "hr@5": "R@5", "hr@10": "R@10", "ndcg@5": "nDCG@5", "ndcg@10": "nDCG@10", "mrr": "RR"}
    measures = {key: ir_measures.parse_measure(name) for key, name in names.items()}
    oracle = ir_measures.calc_aggregate(list(measures.values()), qrels, run)
    for key, measure in measures.items():
        assert found.metrics()[key] == pytest.approx(oracle[measure], abs=1e-10), key
