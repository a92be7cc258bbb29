"""Hands out the trials of a study: abandoned ones first, each to one worker, no more than the study should have."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
from optuna import Study, Trial
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from recexp.search.folder import StudyFolder
from recexp.search.outcome import Failed, Refused
from recexp.search.space import Distribution

MOST_DEATHS = 3  # of workers, in the same epoch of a trial


class Queue:
    """make_sampler: seed=... -> sampler, made anew for each suggestion from (seed, trials so far).

    An interrupted search goes on as if nothing had happened, and no two workers draw the same.
    """

    def __init__(
        self,
        *,
        study: Study,
        folder: StudyFolder,
        space: Mapping[str, Distribution],
        make_sampler: Callable[..., BaseSampler],
        seed: int,
        total: int,
    ) -> None:
        self.study, self.folder, self.space = study, folder, space
        self.make_sampler, self.seed, self.total = make_sampler, seed, total

    @contextmanager
    def claim(self) -> Iterator[Trial | None]:
        """A trial that is this worker's alone as long as the context lasts; None when the study has enough."""
        with ExitStack() as claims:
            with self.folder.lock():
                trial = self._take_up(claims) or self._ask(claims)
            yield trial

    def _take_up(self, claims: ExitStack) -> Trial | None:
        """A trial that runs, but whose worker is dead."""
        for running in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            lock = self.folder.claim(running.number)
            if lock is None:
                continue
            claims.callback(lock.release)
            frozen = self.study.get_trials(deepcopy=False)[running.number]
            if frozen.state != TrialState.RUNNING:  # its worker has just finished it
                continue
            trial, died = Trial(self.study, frozen._trial_id), deaths(frozen)
            if frozen.params.keys() != self.space.keys():
                Refused("refused: its worker died while it was drawn").tell(trial)
            elif died == MOST_DEATHS:
                Failed(f"failed: {died} workers died after epoch {frozen.last_step}").tell(trial)
            else:
                trial.set_user_attr("deaths", [frozen.last_step, died])
                return trial
        return None

    def _ask(self, claims: ExitStack) -> Trial | None:
        trials = self.study.get_trials(deepcopy=False)
        if len(counted(trials)) >= self.total:
            return None
        (seed,) = np.random.SeedSequence([self.seed, len(trials)]).generate_state(1)
        self.study.sampler = self.make_sampler(seed=int(seed))
        trial = self.study.ask(dict(self.space))
        lock = self.folder.claim(trial.number)
        assert lock is not None, "nobody else knows of the trial yet"
        claims.callback(lock.release)
        return trial


def counted(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Without those that never were a run."""
    return [trial for trial in trials if "refused" not in trial.user_attrs]


def deaths(trial: FrozenTrial) -> int:
    """How many workers died since the trial last got an epoch further, the one that just did included."""
    epoch, times = trial.user_attrs.get("deaths", (None, 0))
    return times + 1 if epoch == trial.last_step else 1
