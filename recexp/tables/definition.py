"""The definition of a table: what conf/table/NAME.yaml says.

The classes are the schema of that file. OmegaConf does not fill frozen ones, so they are not frozen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from recexp.config.compose import conf_dir, parse
from recexp.config.explanations import unknown_key
from recexp.errors import ConfigError, suggest
from recexp.statistics.user_values import metric_of

SEES = ("user", "features", "time")  # beside the history: user vector, features, the time of the request
SLICES = ("history_length", "item_popularity", "repetition")  # else the name of a user feature


@dataclass
class Column:
    """A dataset under a protocol, with the metrics that are shown. overrides: of recexp train, for all its cells."""

    metrics: list[str]
    overrides: list[str] = field(default_factory=list)
    key: str = ""
    label: str = ""


@dataclass
class Search:
    """A row whose hyperparameters are searched, on validation, before its seeds are run: `recexp search`."""

    search_space: str
    trials: int


@dataclass
class Row:
    """A configuration.

    overrides: of recexp train, such as `attention=user` or `experiment=NAME`. sees: what our row looks at beside the
    history, of SEES; where the published one sees more, a fault says so. published: column -> metric -> value. band:
    column -> metric -> [least, most] in which a correct result lies, where that is not the published value within the
    tolerance. faults: keys of the table's faults that the published row has. minutes: what a seed takes on two
    processor cores, until a finished run tells.
    """

    overrides: list[str]
    sees: list[str] = field(default_factory=list)
    published: dict[str, dict[str, float]] = field(default_factory=dict)
    band: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    minutes: float | None = None
    search: Search | None = None
    key: str = ""
    label: str = ""


@dataclass
class Definition:
    """source: of the published values, with table and page. tolerance: the share of a published value by which ours
    may differ. overrides: of recexp train, for all cells. faults: key -> what is wrong with a published row.
    compare: pairs of rows whose difference is tested. slices: of SLICES, or names of user features.
    """

    title: str
    source: str
    columns: dict[str, Column]
    rows: dict[str, Row]
    seeds: list[int] = field(default_factory=lambda: [0, 1, 2])
    tolerance: float = 0.05
    overrides: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    compare: list[list[str]] = field(default_factory=list)
    slices: list[str] = field(default_factory=list)
    notes: str | None = None
    name: str = ""

    def band(self, row: Row, column: Column, metric: str) -> tuple[float, float] | None:
        """In which a correct result lies; None where nothing is known."""
        if bounds := row.band.get(column.key, {}).get(metric):
            return bounds[0], bounds[1]
        value = row.published.get(column.key, {}).get(metric)
        return None if value is None else (value * (1 - self.tolerance), value * (1 + self.tolerance))


def names(config_dir: Path | None = None) -> list[str]:
    """Of all tables of recexp, and those of the folder `config_dir`/table."""
    return sorted({file.stem for folder in _folders(config_dir) for file in folder.glob("*.yaml")})


def read_definition(name: str, config_dir: Path | None = None) -> Definition:
    """Raises ConfigError for a table that is not there, or whose yaml says what nobody reads (T21)."""
    if name not in names(config_dir):
        raise ConfigError(f"table: there is no conf/table/{name}.yaml. {suggest(name, names(config_dir))}")
    file = next(file for folder in _folders(config_dir) if (file := folder / f"{name}.yaml").is_file())
    definition = replace(_read(file), name=name)
    columns = {key: replace(it, key=key, label=it.label or key) for key, it in definition.columns.items()}
    rows = {key: replace(it, key=key, label=it.label or key) for key, it in definition.rows.items()}
    definition = replace(definition, columns=columns, rows=rows)
    _check(definition, file)
    return definition


def selected(definition: Definition, *, only: Sequence[str] = (), seeds: Sequence[int] = ()) -> Definition:
    """With these rows and seeds only; all where none is named. Raises ConfigError for a row that is not there."""
    for key in only:
        if key not in definition.rows:
            raise ConfigError(f"only: table {definition.name} has no row {key!r}. {suggest(key, definition.rows)}")
    rows = {key: row for key, row in definition.rows.items() if not only or key in only}
    compare = [pair for pair in definition.compare if set(pair) <= set(rows)]
    return replace(definition, rows=rows, compare=compare, seeds=list(seeds) or definition.seeds)


def _folders(config_dir: Path | None) -> list[Path]:
    """recexp's own first, as Hydra has it for other groups."""
    return [folder / "table" for folder in (conf_dir(), config_dir) if folder is not None]


def _read(file: Path) -> Definition:
    try:
        found: Any = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Definition), OmegaConf.load(file)))
    except OmegaConfBaseException as error:
        raise ConfigError(f"{file}: {error.full_key or 'table'}: {str(error).strip().splitlines()[0]}") from error
    assert isinstance(found, Definition)
    return found


def _check(definition: Definition, file: Path) -> None:
    """What the types do not say: every key that points somewhere points at something, and every override is one."""
    if not definition.rows or not definition.columns or not definition.seeds:
        raise ConfigError(f"{file}: expected at least one row, one column and one seed")
    parse(definition.overrides)
    for column in definition.columns.values():
        parse(column.overrides)
        for metric in column.metrics:
            metric_of(metric)
    for key, row in definition.rows.items():
        where = f"{file}: rows.{key}"
        parse(row.overrides)
        _known(f"{where}.sees", row.sees, SEES)
        _known(f"{where}.faults", row.faults, definition.faults)
        for part in ("published", "band"):
            _known(f"{where}.{part}", getattr(row, part), definition.columns)
            for column, metrics in getattr(row, part).items():
                _known(f"{where}.{part}.{column}", metrics, definition.columns[column].metrics)
        for bounds in (pair for metrics in row.band.values() for pair in metrics.values()):
            if len(bounds) != 2 or bounds[0] > bounds[1]:
                raise ConfigError(f"{where}.band: got {bounds}, expected [least, most]")
    for pair in definition.compare:
        _known(f"{file}: compare", pair, definition.rows)
        if len(set(pair)) != 2:
            raise ConfigError(f"{file}: compare: got {pair}, expected two rows")


def _known(where: str, keys: Sequence[str] | dict[str, Any], known: Any) -> None:
    for key in keys:
        if key not in known:
            raise ConfigError(f"{where}: {unknown_key(key, list(known))}")
