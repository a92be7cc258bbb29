"""Studies and settings for tests, without training."""

from functools import cache
from pathlib import Path

import optuna
from optuna.samplers import RandomSampler
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from recexp.search.folder import StudyFolder
from recexp.search.queue import Queue
from recexp.search.space import read_space

SPACE = read_space(
    "small",
    {
        "optimizer.lr": {"low": 1e-4, "high": 1e-2, "log": True},
        "embedding_dim": [4, 8],
        "attention.num_blocks": {"low": 1, "high": 3},
    },
)


@cache
def memory(folder: Path) -> InMemoryStorage:
    """One database a folder, shared by the queues of a process."""
    return InMemoryStorage()


def queue(folder: Path, *, total: int = 5, make_sampler=RandomSampler, seed: int = 0, storage=None) -> Queue:
    """As a worker has it, to the one study of `folder`."""
    study = optuna.create_study(
        storage=storage or memory(folder), study_name="small", direction="maximize", load_if_exists=True
    )
    place = StudyFolder(folder, "small")
    return Queue(study=study, folder=place, space=SPACE, make_sampler=make_sampler, seed=seed, total=total)


def value_of(params: dict) -> float:
    return params["optimizer.lr"] * 10 + params["embedding_dim"] / 100


def finished_study(number: int) -> optuna.Study:
    """In memory; the width decides, the number of blocks does nothing."""
    study = optuna.create_study(direction="maximize", sampler=RandomSampler(seed=0))
    for _ in range(number):
        trial = study.ask(dict(SPACE))
        trial.set_user_attr("overrides", [f"embedding_dim={trial.params['embedding_dim']}"])
        study.tell(trial, value_of(trial.params))
    return study


def states(queue: Queue) -> list[TrialState]:
    return [trial.state for trial in queue.study.get_trials()]
