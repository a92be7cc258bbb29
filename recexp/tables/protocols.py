"""One column, one protocol: numbers that were measured differently never stand under each other (T9)."""

from collections.abc import Iterable
from dataclasses import dataclass

from hydra.utils import instantiate
from omegaconf import DictConfig

from recexp.data.counts import filters_in_words
from recexp.errors import ConfigError, RunError
from recexp.runs.record import RunRecord
from recexp.tables.definition import Column, Row


@dataclass(frozen=True)
class Measured:
    """How the cells of a row in a column are measured, in words."""

    row: str
    column: str
    words: dict[str, str]


def measured_by(row: Row, column: Column, cfg: DictConfig) -> Measured:
    """The parts of the protocol's fingerprint, as far as they are known before a run."""
    filters = filters_in_words(min_rating=cfg.dataset.get("min_rating"), k_core=cfg.dataset.get("k_core"))
    words = {
        "dataset": f"{cfg.dataset.name}, {filters}",
        "split": instantiate(cfg.split).describe(),
        "candidates": instantiate(cfg.protocol).describe(),
    }
    return Measured(row.key, column.key, words)


def check_one_protocol(measured: Iterable[Measured]) -> None:
    """Raises ConfigError, before anything is run, where two rows of a column would be measured differently."""
    first: dict[str, Measured] = {}
    for it in measured:
        other = first.setdefault(it.column, it)
        for part, words in it.words.items():
            if words != other.words[part]:
                raise ConfigError(
                    f"column {it.column} mixes protocols: {part} of row {other.row} is {other.words[part]!r}, of row "
                    f"{it.row} {words!r}. Give such a row a column of its own"
                )


def fingerprint_of(column: str, records: Iterable[tuple[str, RunRecord]]) -> str | None:
    """Of all records in a column; None without any. records: with their rows. Raises RunError where two differ."""
    first: tuple[str, RunRecord] | None = None
    for row, record in records:
        first = first or (row, record)
        ours, theirs = first[1].protocol, record.protocol
        if ours["fingerprint"] != theirs["fingerprint"]:
            parts = [f"{part}: {ours[part]!r} and {theirs[part]!r}" for part in ours if ours[part] != theirs.get(part)]
            raise RunError(
                f"column {column} mixes protocols: row {first[0]} has the fingerprint {ours['fingerprint']}, row {row} "
                f"{theirs['fingerprint']} ({'; '.join(parts[1:]) or 'other parts'}). They do not belong in one table"
            )
    return None if first is None else first[1].protocol["fingerprint"]
