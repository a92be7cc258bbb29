"""The outcomes of a trial, and how each is recorded in the study."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from optuna import Trial
from optuna.trial import TrialState


@dataclass(frozen=True)
class TrialOutcome(ABC):
    """words: shown in the trial's line. most_in_a_row: so many outcomes of this kind in a row stop the search."""

    words: str
    most_in_a_row: ClassVar[float] = float("inf")

    @abstractmethod
    def tell(self, trial: Trial) -> None:
        """Records the outcome in the study, which ends the trial."""


@dataclass(frozen=True)
class Finished(TrialOutcome):
    value: float

    def tell(self, trial: Trial) -> None:
        trial.study.tell(trial, self.value)


class Pruned(TrialOutcome):
    """The study keeps the metric of the last epoch as the trial's value."""

    def tell(self, trial: Trial) -> None:
        trial.study.tell(trial, state=TrialState.PRUNED)


class Failed(TrialOutcome):
    """The trial counts towards the total, but the sampler ignores it."""

    most_in_a_row = 5

    def tell(self, trial: Trial) -> None:
        trial.set_user_attr("failed", self.words)
        trial.study.tell(trial, state=TrialState.FAIL)


class Refused(TrialOutcome):
    """An impossible configuration, such as heads that do not divide the width. It does not count towards the total."""

    most_in_a_row = 50

    def tell(self, trial: Trial) -> None:
        trial.set_user_attr("refused", self.words)
        trial.study.tell(trial, state=TrialState.FAIL)
