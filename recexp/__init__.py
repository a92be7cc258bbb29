"""recexp: config-driven experiments that compare attention in recommender systems.

The functions below are what notebooks and services need (docs/python.md). Each imports what it calls when it is called:
`import recexp` and `recexp --help` do not wait for torch.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from omegaconf import DictConfig
    from pandas import DataFrame
    from pytorch_lightning import Callback

    from recexp.data.interactions import Prepared
    from recexp.serve.model import TrainedModel
    from recexp.serve.run import Run
    from recexp.tables.result import TableResult

__version__ = "0.1.0"
__all__ = ["__version__", "compose", "load", "prepare", "results", "table", "train"]


def compose(*overrides: str) -> "DictConfig":
    """The config that `recexp train <overrides>` runs. Raises ConfigError."""
    from recexp.config.compose import compose

    return compose(*overrides)


def train(*experiment: "str | DictConfig", callbacks: "Sequence[Callback]" = ()) -> "Run":
    """Trains what overrides, or one composed config, describe; a run that is finished already is read instead.

    `recexp.train("dataset=ml-100k", "attention=item")` is `recexp train dataset=ml-100k attention=item`.
    callbacks: of Lightning's Trainer. Raises RecexpError (ConfigError, DataError, RunError) for what the user can mend.
    """
    from recexp.serve.run import train

    return train(*experiment, callbacks=callbacks)


def load(folder: "str | Path", trust: Sequence[str] = (), *, device: str = "cpu") -> "TrainedModel":
    """The model of a finished run, from its folder alone: to recommend, to score, to look at attention weights.

    trust: modules whose classes the run may name besides those of recexp, torch and Lightning. Raises RunError for a
    folder that is not of a finished run, was edited or is damaged.
    """
    from recexp.serve.load import load

    return load(folder, trust, device=device)


def prepare(*overrides: str) -> "Prepared":
    """A dataset as `recexp.prepare("dataset=ml-100k")` chooses it, with its `card` and `frame()`, its interactions.

    overrides: of `dataset` and `paths`. It is fetched if it is missing. Raises ConfigError, DataError.
    """
    from recexp.data.prepare import compose_and_prepare

    return compose_and_prepare(*overrides)


def results(
    runs: "str | Path | None" = None,
    *,
    dataset: str | Sequence[str] | None = None,
    recommender: str | Sequence[str] | None = None,
    objective: str | Sequence[str] | None = None,
    attention: str | Sequence[str] | None = None,
    scorer: str | Sequence[str] | None = None,
    loss: str | Sequence[str] | None = None,
    seed: int | Sequence[int] | None = None,
    grouped: bool = False,
) -> "DataFrame":
    """The finished runs below the folder `runs` (None: `paths.runs`), a row a run, with all its metrics.

    dataset ... seed: only runs with such a value, or one of several. grouped: a row a configuration, best first, with
    mean and standard deviation over seeds and the protocol, as `recexp results` prints. Raises ConfigError for a value
    that no run has.
    """
    from recexp.runs.leaderboard import grouped_runs, select_runs

    axes = {"objective": objective, "attention": attention, "scorer": scorer, "loss": loss}
    frame = select_runs(runs, {"dataset": dataset, "recommender": recommender, **axes, "seed": seed})
    return grouped_runs(frame) if grouped else frame


def table(
    name: str,
    *overrides: str,
    only: Sequence[str] = (),
    seeds: Sequence[int] = (),
    dry_run: bool = False,
    config_dir: "str | Path | None" = None,
) -> "TableResult":
    """What `recexp table table=<name>` does: runs what is missing, and gives the numbers beside the published ones.

    `recexp.table("dross-2023", dry_run=True).frame` has what is finished and runs nothing. overrides: of
    `recexp.train`, for all cells. only: keys of rows. seeds: instead of those of the definition. The result has
    `frame`, `comparisons` and `slices(name)`. Raises ConfigError; a failed cell has its reason in the frame.
    """
    from pathlib import Path

    from recexp.tables.run import Request, run_table

    folder = None if config_dir is None else Path(config_dir).expanduser().absolute()
    return run_table(Request(name, list(overrides), list(only), list(seeds), dry_run, folder))
