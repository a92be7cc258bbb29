"""The plan of a table: which cells are finished, which are to run and in which order, which cannot be run and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hydra.errors import MissingConfigException
from hydra.utils import instantiate
from omegaconf import DictConfig

from recexp.config.explanations import reason
from recexp.dataset.published import Published
from recexp.runs.identity import content_hash, learns
from recexp.sweep.estimate import seconds_of_run
from recexp.sweep.hydra import Grid
from recexp.sweep.plan import DataHashes, Plan, plan_job
from recexp.tables.cells import Cell
from recexp.tables.definition import Column, Definition, Row
from recexp.tables.protocols import Measured, check_one_protocol, measured_by

NOT_BUILT = "not built"
Place = tuple[str, str]  # keys of a row and a column


@dataclass(frozen=True)
class TablePlan:
    """cells: of all rows, columns and seeds, in the order of the definition. sweep: the jobs of those that can be
    run, the cheapest first."""

    definition: Definition
    cells: list[Cell]
    sweep: Plan

    @property
    def to_run(self) -> list[Cell]:
        """In the order in which they are run."""
        waiting = {cell.job.number: cell for cell in self.cells if cell.job is not None and cell.is_to_run}
        return [waiting[number] for number in sorted(waiting)]


def make_table_plan(grid: Grid, definition: Definition, overrides: Mapping[Place, Sequence[str] | str]) -> TablePlan:
    """Plans the cells of `definition` by what is on disk.

    overrides: of each row in each column; a text says why there are none.

    Nothing is downloaded. Raises ConfigError where the rows of a column would be measured by different protocols.
    """
    data = DataHashes()
    cells: list[Cell] = []
    measured: list[Measured] = []
    for row in definition.rows.values():
        for column in definition.columns.values():
            of_row = overrides[row.key, column.key]
            if isinstance(of_row, str):
                cells += [Cell(row, column, seed, None, of_row) for seed in definition.seeds]
                continue
            found, how = _planned(grid, definition, row, column, of_row, data)
            cells += found
            measured += how
    check_one_protocol(measured)
    cells = _numbered(cells)
    jobs = sorted((cell.job for cell in cells if cell.job is not None), key=lambda job: job.number)
    group = f"{definition.name}-{content_hash(sorted(str(job.folder or job.name) for job in jobs))[:6]}"
    return TablePlan(definition, cells, Plan(jobs, grid.cfg, group))


def _planned(
    grid: Grid, definition: Definition, row: Row, column: Column, of_row: Sequence[str], data: DataHashes
) -> tuple[list[Cell], list[Measured]]:
    """The cells of a row in a column, one a seed, and how they are measured where they can be run."""
    try:
        cells, measured = [], []
        for seed in definition.seeds:
            cfg = grid.config([*of_row, f"seed={seed}"])
            cells.append(_cell(row, column, seed, of_row, cfg, data))
            measured = [measured_by(row, column, cfg)]
        return cells, measured
    except MissingConfigException as error:
        group, _, choice = (error.missing_cfg_file or "").rpartition("/")
        problem = f"{NOT_BUILT}: there is no {group}={choice}"
    except Exception as error:  # shown in the cell; the others go on
        problem = f"refused: {reason(error)}"
    return [Cell(row, column, seed, None, problem) for seed in definition.seeds], []


def _cell(row: Row, column: Column, seed: int, overrides: Sequence[str], cfg: DictConfig, data: DataHashes) -> Cell:
    """A cell with the job that makes it, and what that is expected to take."""
    name = f"{row.key} | {column.key} | seed {seed}"
    job = plan_job(0, [*overrides, f"seed={seed}"], name, cfg, data.of(cfg) if is_here(cfg) else None)
    job = replace(job, expected={})  # the bands of a pinned experiment may be of another protocol
    seconds = seconds_of_run([job])
    if seconds is None:
        seconds = None if row.minutes is None else row.minutes * 60
    return Cell(row, column, seed, job, None, seconds if seconds is not None or learns(cfg) else 0.0)


def is_here(cfg: DictConfig) -> bool:
    """Whether planning can read the data without downloading it."""
    dataset = instantiate(cfg.dataset)
    return not isinstance(dataset, Published) or dataset.find() is not None


def _numbered(cells: list[Cell]) -> list[Cell]:
    """Their jobs numbered from 1 by what they cost, unknown costs last; equal ones in the order of the table."""
    runnable = [cell for cell in cells if cell.job is not None]
    by_cost = sorted(runnable, key=lambda cell: float("inf") if cell.seconds is None else cell.seconds)
    number = {cell: place for place, cell in enumerate(by_cost, start=1)}
    return [cell if cell.job is None else replace(cell, job=replace(cell.job, number=number[cell])) for cell in cells]
