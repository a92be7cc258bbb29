"""The record of a finished run: what tables and reports read."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from omegaconf import DictConfig

from recexp.errors import RunError
from recexp.runs.identity import AXES, content_hash, node_name, result_config, run_hash, run_label
from recexp.runs.versions import git_sha, versions

SUM = "sha256"  # of all else in the record
PROTOCOL = ("fingerprint", "dataset_sha256", "split", "candidates", "ties")


@dataclass(frozen=True)
class RunRecord:
    """All that a table needs to know of a finished run, and nothing of the machine it ran on.

    run: its folder, relative to `paths.runs`; metrics: such as `val/ndcg@10`, `test/hr@10`, `train/seconds`,
    `model/parameters`; protocol: the fingerprint and its parts in words; config: the resolved config without what
    does not change the result; objective, attention, scorer, loss: None where the recommender has none; started,
    finished: ISO 8601, UTC; data_sha256: of everything that the run read; files: path in the run folder -> SHA-256
    of the file.
    """

    run: str
    label: str
    dataset: str
    recommender: str
    objective: str | None
    attention: str | None
    scorer: str | None
    loss: str | None
    seed: int
    hash: str
    status: str
    metrics: dict[str, float]
    protocol: dict[str, str]
    versions: dict[str, str]
    git_sha: str | None
    started: str
    finished: str
    config: dict[str, Any]
    data_sha256: str
    files: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """The fields and, as `sha256`, the sum of them."""
        values = asdict(self)
        return values | {SUM: _sum(values)}

    @classmethod
    def from_dict(cls, values: Any) -> "RunRecord":
        """Raises RunError for what `to_dict` cannot have given: the file may come from anyone."""
        kinds = get_type_hints(cls)
        expected = {field.name for field in fields(cls)} | {SUM}
        if not isinstance(values, dict) or set(values) != expected:
            raise RunError(f"its fields are not {', '.join(sorted(expected))}")
        for name, kind in kinds.items():
            if not _is(values[name], kind):
                raise RunError(f"{name}: got {values[name]!r:.200}, expected {kind}")
        content = {name: values[name] for name in kinds}
        record = cls(**content)
        record._check_content()
        if values[SUM] != _sum(content):
            raise RunError("it was changed after the run: its sha256 is not that of its content")
        return record

    def _check_content(self) -> None:
        """What readers of a record take for granted."""
        if missing := [key for key in PROTOCOL if key not in self.protocol]:
            raise RunError(f"protocol: {', '.join(missing)} missing")
        if not isinstance(self.config.get("dataset"), dict) or self.config.get("seed") != self.seed:
            raise RunError("config: expected the dataset and the seed of the run")
        for target in _targets(self.config):
            if not isinstance(target, str) or "." not in target:
                raise RunError(f"config: _target_: got {target!r:.200}, expected the import path of a class")
        try:
            datetime.fromisoformat(self.finished) - datetime.fromisoformat(self.started)
            numbers = int(self.versions["numbers"])
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(
                f"started, finished, versions: expected two times and the numbers' version: {error}"
            ) from None
        if self.hash != content_hash(self.config, self.data_sha256, numbers=numbers):
            raise RunError(f"hash: {self.hash} is not that of config and data_sha256")


def make_record(
    cfg: DictConfig,
    folder: Path,
    *,
    data_sha256: str,
    metrics: dict[str, float],
    protocol: dict[str, str],
    started: datetime,
) -> RunRecord:
    """The record of a run that ends now. data_sha256: of all that it has read."""
    axes = {axis: node_name(cfg.recommender[axis]) if axis in cfg.recommender else None for axis in AXES}
    return RunRecord(
        run="/".join(folder.parts[-3:]),
        label=run_label(cfg),
        dataset=cfg.dataset.name,
        recommender=node_name(cfg.recommender),
        **axes,
        seed=cfg.seed,
        hash=run_hash(cfg, data_sha256),
        status="finished",
        metrics=metrics,
        protocol=protocol,
        versions=versions(),
        git_sha=git_sha(),
        started=_iso(started),
        finished=_iso(datetime.now(timezone.utc)),
        config=result_config(cfg),
        data_sha256=data_sha256,
        files={},
    )


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def _sum(values: dict[str, Any]) -> str:
    """SHA-256 of canonical JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _is(value: Any, kind: Any) -> bool:
    """Whether a value of a JSON file is of the annotated kind."""
    if get_origin(kind) is UnionType:
        return any(_is(value, choice) for choice in get_args(kind))
    if get_origin(kind) is dict:
        return isinstance(value, dict) and all(_is(inner, get_args(kind)[1]) for inner in value.values())
    if kind is float:
        return isinstance(value, float) or (type(value) is int and abs(value) < 2**63)
    return kind is Any or type(value) is kind


def _targets(node: Any) -> Iterator[Any]:
    """Every `_target_` in nested dicts and lists."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and "_target_" in node:
        yield node["_target_"]
    for value in inner:
        yield from _targets(value)
