"""The queue of a study's trials: total, dead workers, workers side by side, the same draws after an interruption."""

import functools
import multiprocessing

import pytest
from optuna.samplers import CmaEsSampler, RandomSampler, TPESampler
from optuna.trial import TrialState

from recexp.search.outcome import Failed, Finished, Pruned, Refused
from recexp.search.queue import MOST_DEATHS, counted
from tests.unit.search.studies import queue, states, value_of

SAMPLERS = [
    RandomSampler,
    functools.partial(TPESampler, n_startup_trials=2, multivariate=True, constant_liar=True),
    functools.partial(CmaEsSampler, n_startup_trials=2, warn_independent_sampling=False),
]


def work(worker, *, most=100):
    """Finishes up to `most` trials, and returns their parameters by number."""
    done = {}
    for _ in range(most):
        with worker.claim() as trial:
            if trial is None:
                break
            Finished("", value_of(trial.params)).tell(trial)
            done[trial.number] = trial.params
    return done


def test_there_are_as_many_trials_as_asked_for_and_no_more(tmp_path):
    assert list(work(queue(tmp_path))) == [0, 1, 2, 3, 4]
    assert work(queue(tmp_path)) == {}
    assert list(work(queue(tmp_path, total=7))) == [5, 6]


def test_failed_and_pruned_trials_count_and_refused_ones_do_not(tmp_path):
    worker = queue(tmp_path, total=3)
    for outcome in (Failed("failed: NaN"), Refused("refused: 3 heads"), Pruned("pruned"), Refused("refused: 5 heads")):
        with worker.claim() as trial:
            outcome.tell(trial)
    assert len(work(worker)) == 1
    assert states(worker) == [
        TrialState.FAIL, TrialState.FAIL, TrialState.PRUNED, TrialState.FAIL, TrialState.COMPLETE,
    ]  # fmt: skip
    trials = worker.study.get_trials()
    assert [trial.number for trial in counted(trials)] == [0, 2, 4]
    assert trials[0].user_attrs["failed"] == "failed: NaN"
    assert trials[1].user_attrs["refused"] == "refused: 3 heads"


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("make_sampler", SAMPLERS, ids=["random", "tpe", "cmaes"])
def test_an_interrupted_search_draws_what_an_uninterrupted_one_draws(make_sampler, tmp_path):
    whole = work(queue(tmp_path / "whole", make_sampler=make_sampler))
    again = work(queue(tmp_path / "again", make_sampler=make_sampler))
    broken = work(queue(tmp_path / "broken", make_sampler=make_sampler), most=3)
    broken |= work(queue(tmp_path / "broken", make_sampler=make_sampler))
    assert whole == again == broken
    assert len({tuple(params.values()) for params in whole.values()}) > 1
    assert work(queue(tmp_path / "other", make_sampler=make_sampler, seed=1)) != whole


def test_a_trial_whose_worker_is_dead_is_taken_up_with_its_parameters(tmp_path):
    with queue(tmp_path).claim() as trial:  # left without a result, as by a process that died
        trial.report(0.5, 0)
    with queue(tmp_path).claim() as again:
        assert (again.number, again.params) == (0, trial.params)
        assert again.study.get_trials()[0].intermediate_values == {0: 0.5}


def test_a_trial_whose_worker_lives_is_nobody_elses(tmp_path):
    with queue(tmp_path).claim() as first, queue(tmp_path).claim() as second:
        assert (first.number, second.number) == (0, 1)
        assert first.params != second.params


def test_a_worker_waits_for_nobody(tmp_path):
    with queue(tmp_path, total=1).claim(), queue(tmp_path, total=1).claim() as second:
        assert second is None


def test_a_trial_that_kills_its_workers_fails_in_the_end(tmp_path):
    """Out of memory, say: the study must get past it. An epoch of progress begins the count anew."""
    with queue(tmp_path, total=1).claim():
        pass
    for _ in range(MOST_DEATHS - 1):
        with queue(tmp_path, total=1).claim() as trial:
            assert trial.number == 0
    trial.report(0.5, 0)
    for _ in range(MOST_DEATHS - 1):
        with queue(tmp_path, total=1).claim() as trial:
            assert trial.number == 0
    with queue(tmp_path, total=1).claim() as trial:
        assert trial is None
    (frozen,) = queue(tmp_path).study.get_trials()
    assert frozen.state == TrialState.FAIL
    assert frozen.user_attrs["failed"] == f"failed: {MOST_DEATHS} workers died after epoch 0"


def test_a_trial_without_parameters_is_replaced(tmp_path):
    """Its worker died between making it and drawing them."""
    worker = queue(tmp_path, total=1)
    worker.study.ask()
    with worker.claim() as trial:
        assert trial.number == 1
    assert "refused" in worker.study.get_trials()[0].user_attrs


def _work_in_a_process(folder, start, numbers):
    worker = queue(folder, total=12, storage=f"sqlite:///{folder}/study.db")
    start.wait()
    numbers.put(list(work(worker)))


def test_workers_side_by_side_share_the_trials(tmp_path):
    study = queue(tmp_path, storage=f"sqlite:///{tmp_path}/study.db").study
    context = multiprocessing.get_context("spawn")
    start, numbers = context.Barrier(2), context.Queue()
    workers = [context.Process(target=_work_in_a_process, args=(tmp_path, start, numbers)) for _ in range(2)]
    for worker in workers:
        worker.start()
    first, second = numbers.get(timeout=60), numbers.get(timeout=60)
    for worker in workers:
        worker.join()
    assert sorted(first + second) == list(range(12))
    assert [trial.state for trial in study.get_trials()] == [TrialState.COMPLETE] * 12
