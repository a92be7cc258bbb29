"""Finished runs side by side: mean and standard deviation over seeds, one block for each protocol (T9)."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recexp.config.compose import compose
from recexp.data.counts import NO_FILTERS, filters_in_words
from recexp.errors import ConfigError, RunError, suggest
from recexp.metric.main_metric import main_metric
from recexp.runs.folder import RunFolder
from recexp.runs.identity import AXES, content_hash
from recexp.runs.record import RunRecord

log = logging.getLogger(__name__)

FIELDS = (
    "run",
    "dataset",
    "label",
    "recommender",
    "objective",
    "attention",
    "scorer",
    "loss",
    "seed",
    "hash",
    "protocol",
    "config",
)
NAMED_BY_LABEL = ("recommender", *AXES)


@dataclass(frozen=True)
class Block:
    """Rows that may be compared: all of one protocol, whose fingerprint and parts in words are in `protocol`.

    dataset: its name, and its filters where it has some.

    table: a row a configuration, best first: dataset, label, the hyperparameters that vary, seeds (their number),
    and for each metric its mean and, as `<metric> sd`, its standard deviation (ddof = 1; NaN for one seed).
    """

    dataset: str
    protocol: dict[str, str]
    table: pd.DataFrame


def find_records(runs: Path) -> pd.DataFrame:
    """`records_frame` of every finished run below `runs`; what cannot be read is skipped with a warning."""
    found = []
    for file in sorted(runs.glob("*/*/seed*-*/record.json")):
        try:
            record = RunFolder(file.parent).finished()
        except RunError as error:
            log.warning("skipped: %s", error)
            continue
        if record is not None:
            found.append((record, str(file.parent)))
    return records_frame([record for record, _ in found]).assign(run=[path for _, path in found])


def select_runs(runs: str | Path | None, filters: Mapping[str, Any]) -> pd.DataFrame:
    """`find_records` below `runs` (None: `paths.runs`) whose columns have the values of `filters`.

    A filter is None, a value, or several in a list. Raises ConfigError for a folder that is not there, and for a value
    that no run has, because an empty table would look like a result.
    """
    folder = Path(compose().paths.runs if runs is None else runs).expanduser()
    if not folder.is_dir():
        raise ConfigError(f"paths.runs: there is no folder {folder.absolute()}; recexp train makes it")
    frame = find_records(folder)
    for name, value in filters.items():
        if value is not None and not frame.empty:
            values = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
            frame = _with_values(frame, name, list(map(str, values)))
    return frame


def _with_values(frame: pd.DataFrame, name: str, wanted: Sequence[str]) -> pd.DataFrame:
    found = frame[name].dropna().astype(str)
    for value in wanted:
        if value not in set(found):
            raise ConfigError(f"no run has {name}={value}. {suggest(value, set(found))}")
    return frame.loc[found.index[found.isin(wanted)]]


def records_frame(records: Iterable[RunRecord]) -> pd.DataFrame:
    """A row a run: fields of the record, its metrics, `fingerprint`, and `group`, which is the same for all seeds."""
    rows = [
        {name: getattr(record, name) for name in FIELDS}
        | {"fingerprint": record.protocol["fingerprint"], "group": _group(record)}
        | record.metrics
        for record in records
    ]
    return pd.DataFrame(rows, columns=None if rows else [*FIELDS, "fingerprint", "group"])


def _group(record: RunRecord) -> str:
    config = {key: value for key, value in record.config.items() if key != "seed"}
    return content_hash(config, record.protocol["fingerprint"], record.versions["numbers"])


def leaderboard(frame: pd.DataFrame, metrics: Sequence[str], *, sort: str) -> list[Block]:
    """Blocks of configurations, sorted by the metric `sort`: quality metrics from the top, others from the bottom.

    Raises ConfigError when no run has one of the metrics.
    """
    for metric in (*metrics, sort):
        if metric not in frame:
            known = [str(column) for column in frame if "/" in str(column)]
            raise ConfigError(f"no run has the metric {metric!r}. {suggest(metric, known)}")
    columns = list(dict.fromkeys((*metrics, sort)))
    blocks = [_block(part, columns, sort) for _, part in frame.groupby("fingerprint", sort=False)]
    return sorted(blocks, key=lambda block: (block.dataset, block.protocol["split"], block.protocol["fingerprint"]))


def grouped_runs(frame: pd.DataFrame) -> pd.DataFrame:
    """The blocks of `leaderboard` one below the other, each row with the parts of its protocol; nothing of no runs."""
    if frame.empty:
        return frame
    sort = default_sort(frame)
    blocks = leaderboard(frame, metrics_beside(frame, sort), sort=sort)
    return pd.concat([block.table.assign(**block.protocol) for block in blocks], ignore_index=True)


def default_sort(frame: pd.DataFrame) -> str:
    """The main test metric of those that all runs have measured, or that any has. Raises ConfigError where none has."""
    measured = [str(column) for column in frame if str(column).startswith("test/")]
    if not measured:
        raise ConfigError("no run has a test metric to sort by: name another with sort=")
    of_all = [column for column in measured if frame[column].notna().all()]
    return f"test/{main_metric(column.removeprefix('test/') for column in of_all or measured)}"


def metrics_beside(frame: pd.DataFrame, sort: str) -> list[str]:
    """The test metrics at the cut-off of `sort`, or all where it has none, in the order of the records."""
    _, at, cutoff = sort.partition("@")
    return [str(column) for column in frame if str(column).startswith("test/") and str(column).endswith(at + cutoff)]


def _block(part: pd.DataFrame, metrics: list[str], sort: str) -> Block:
    groups = part.groupby("group", sort=False)
    first = groups.first()
    values = groups[metrics].mean().join(groups[metrics].std(ddof=1).add_suffix(" sd"))
    pairs = [column for metric in metrics for column in (metric, f"{metric} sd")]
    names, varying = first[["dataset", "label"]], _varying(first["config"], first["label"])
    table = pd.concat([names, varying, groups.size().rename("seeds"), values[pairs]], axis=1)
    table = table.sort_values(sort, ascending=not sort.startswith(("test/", "val/")), kind="stable")
    dataset = _dataset_in_words(part["dataset"].iloc[0], part["config"].iloc[0]["dataset"])
    return Block(dataset, part["protocol"].iloc[0], table.reset_index(drop=True))


def _dataset_in_words(name: str, config: dict[str, Any]) -> str:
    filters = filters_in_words(min_rating=config.get("min_rating"), k_core=config.get("k_core"))
    return name if filters == NO_FILTERS else f"{name} ({filters})"


def _varying(config: "pd.Series[Any]", label: "pd.Series[str]") -> pd.DataFrame:
    """A column for each hyperparameter that differs: within a label, or between all of them where all have it."""
    flat = pd.DataFrame([dict(_flatten(values)) for values in config], index=config.index).drop(columns="seed")
    flat = flat.drop(columns=list(NAMED_BY_LABEL), errors="ignore")
    flat = flat.drop(columns=[column for column in flat if _repeats_shared(flat, column)])
    within = flat.groupby(label).nunique(dropna=False).gt(1).any()
    return flat.loc[:, within | (flat.nunique().gt(1) & flat.notna().all())]


def _repeats_shared(flat: pd.DataFrame, column: str) -> bool:
    """Whether `a.b.dropout` says no more than the shared `dropout` does."""
    shared = column.rpartition(".")[2]
    return shared != column and shared in flat and bool((flat[column].isna() | (flat[column] == flat[shared])).all())


def _flatten(config: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Key as on the command line, value as text; a node's own key has the name of the module of its `_target_`."""
    for key, value in config.items():
        if isinstance(value, dict):
            inner = key if prefix == "recommender." and key in AXES else f"{prefix}{key}"
            yield from _flatten(value, f"{inner}.")
        elif key == "_target_":
            yield prefix.removesuffix("."), value.split(".")[-2]
        elif not key.startswith("_"):
            yield f"{prefix}{key}", value if isinstance(value, str) else json.dumps(value)
