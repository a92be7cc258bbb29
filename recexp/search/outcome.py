"""What becomes of a trial, and what the study is told of it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from optuna import Trial
from optuna.trial import TrialState


@dataclass(frozen=True)
class TrialOutcome(ABC):
    """words: for the trial's line. most_in_a_row: with so many, it is not the trials that are at fault."""

    words: str
    most_in_a_row: ClassVar[float] = float("inf")

    @abstractmethod
    def tell(self, trial: Trial) -> None:
        """Ends the trial in its study."""


@dataclass(frozen=True)
class Finished(TrialOutcome):
    value: float

    def tell(self, trial: Trial) -> None:
        trial.study.tell(trial, self.value)


class Pruned(TrialOutcome):
    """Its last epoch stands in the study as its value."""

    def tell(self, trial: Trial) -> None:
        trial.study.tell(trial, state=TrialState.PRUNED)


class Failed(TrialOutcome):
    """It counts, and nothing is learnt from it."""

    most_in_a_row = 5

    def tell(self, trial: Trial) -> None:
        trial.set_user_attr("failed", self.words)
        trial.study.tell(trial, state=TrialState.FAIL)


class Refused(TrialOutcome):
    """It was no run, such as heads that do not divide the width: it does not count, another takes its place."""

    most_in_a_row = 50

    def tell(self, trial: Trial) -> None:
        trial.set_user_attr("refused", self.words)
        trial.study.tell(trial, state=TrialState.FAIL)
