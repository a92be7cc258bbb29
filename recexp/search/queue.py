"""Gives each worker its next trial: first abandoned trials, then new ones up to the total of the study."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
from optuna import Study, Trial
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from recexp.search.folder import StudyFolder
from recexp.search.outcome import Failed, Refused
from recexp.search.space import Distribution

MOST_DEATHS = 3  # a trial fails after so many workers died in the same epoch of it


class Queue:
    """The trials of one study. Each trial has one worker at a time.

    make_sampler: called with seed=... for each suggestion. This seed depends on `seed` and on the number of trials so
    far, so an interrupted search continues as an uninterrupted one would, and no two workers draw the same.
    total: how many trials the study is to have.
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
        """Yields a trial that no other worker can take during the block, or None if the study has enough trials."""
        with ExitStack() as claims:
            with self.folder.lock():
                trial = self._take_up(claims) or self._ask(claims)
            yield trial

    def _take_up(self, claims: ExitStack) -> Trial | None:
        """Returns an unfinished trial whose worker has died, or None."""
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
        assert lock is not None, "no other worker knows the trial yet"
        claims.callback(lock.release)
        return trial


def counted(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that count towards the total: all but refused ones."""
    return [trial for trial in trials if "refused" not in trial.user_attrs]


def deaths(trial: FrozenTrial) -> int:
    """How many workers died since the trial last finished an epoch, including the one that has just died."""
    epoch, times = trial.user_attrs.get("deaths", (None, 0))
    return times + 1 if epoch == trial.last_step else 1
