"""Runs a table: plan, launch what is missing, search where a row says so, and collect the results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.types import RunMode

from recexp.config.explanations import reason
from recexp.runs.folder import RunFolder
from recexp.sweep.hydra import Grid, opened
from recexp.sweep.outcome import JobOutcome
from recexp.sweep.sweep import launch
from recexp.tables.cells import merged
from recexp.tables.definition import Definition, read_definition, selected
from recexp.tables.entry import Entry
from recexp.tables.plan import Place, TablePlan, make_table_plan
from recexp.tables.report import print_done_before, print_table_plan
from recexp.tables.result import TableResult
from recexp.tables.searches import TO_SEARCH, found_by_search, run_search


@dataclass(frozen=True)
class Request:
    """What a command asks for. overrides: of recexp train, for all cells. only, seeds: empty for all."""

    table: str
    overrides: Sequence[str] = ()
    only: Sequence[str] = ()
    seeds: Sequence[int] = ()
    dry_run: bool = False
    config_dir: Path | None = None


def run_table(request: Request) -> TableResult:
    """Raises ConfigError for a table that cannot be read or mixes protocols; a failed cell is in the result."""
    definition = selected(read_definition(request.table, request.config_dir), only=request.only, seeds=request.seeds)
    searched = _searched(definition, request)
    plan, outcomes = _pass(definition, request, searched)
    pending = [place for place, found in searched.items() if isinstance(found, str) and found.startswith(TO_SEARCH)]
    if pending and not request.dry_run:
        _search(definition, request, pending)
        plan, outcomes = _pass(definition, request, _searched(definition, request))
    return TableResult(definition, _entries(plan, outcomes), list(request.overrides))


def _pass(
    definition: Definition, request: Request, overrides: Mapping[Place, Sequence[str] | str]
) -> tuple[TablePlan, dict[int, JobOutcome]]:
    """Plans, prints the plan and, unless it is a dry run, launches what is left."""
    with opened(None if request.config_dir is None else str(request.config_dir)) as hydra:
        cfg = hydra.compose_config("train", merged(request.overrides), run_mode=RunMode.MULTIRUN)
        plan = make_table_plan(Grid(hydra, cfg, [], {"seed": None}), definition, overrides)
        print_table_plan(plan)
        if request.dry_run or not plan.to_run:
            return plan, {}
        print_done_before(plan)
        grid = Grid(hydra, cfg, [job.overrides for job in plan.sweep.jobs], {"seed": None})
        return plan, launch(grid, plan.sweep, Path(cfg.hydra.sweep.dir))


def _searched(definition: Definition, request: Request) -> dict[Place, list[str] | str]:
    """The overrides of each row in each column, with what its search has found, or what is left to search."""
    found: dict[Place, list[str] | str] = {}
    for row in definition.rows.values():
        for column in definition.columns.values():
            fixed = merged(definition.overrides, row.overrides, column.overrides, request.overrides)
            found[row.key, column.key] = fixed
            if row.search is not None:
                try:
                    best = found_by_search(row.search, fixed)
                    found[row.key, column.key] = best if isinstance(best, str) else merged(fixed, best)
                except Exception as error:  # shown in the cell; the others go on
                    found[row.key, column.key] = f"failed: {reason(error)}"
    return found


def _search(definition: Definition, request: Request, places: Sequence[Place]) -> None:
    for row_key, column_key in places:
        row, column = definition.rows[row_key], definition.columns[column_key]
        assert row.search is not None, "only rows with a search are pending"
        print(f"searching {row_key} | {column_key}", flush=True)
        try:
            run_search(row.search, merged(definition.overrides, row.overrides, column.overrides, request.overrides))
        except Exception as error:  # the other rows go on
            print(f"{row_key} | {column_key}  failed: {reason(error)}", flush=True)


def _entries(plan: TablePlan, outcomes: Mapping[int, JobOutcome]) -> list[Entry]:
    """A row in a column, with its finished runs and what is wrong with the others."""
    entries: dict[Place, Entry] = {}
    for cell in plan.cells:
        overrides = () if cell.job is None else cell.job.overrides
        entry = entries.setdefault((cell.row.key, cell.column.key), Entry(cell.row, cell.column, overrides))
        outcome = None if cell.job is None else outcomes.get(cell.job.number)
        folder, problem = None, cell.problem
        if outcome is not None:
            folder = None if outcome.run is None else RunFolder(plan.sweep.runs / outcome.run)
            problem = None if outcome.failure is None else f"failed: {outcome.failure}"
        elif cell.job is not None and cell.job.record is not None and cell.job.folder is not None:
            folder = RunFolder(cell.job.folder)
        elif cell.job is not None:
            problem = f"failed: {cell.job.failure}" if cell.job.failure else "to run"
        record = None if folder is None else folder.finished()
        if folder is not None and record is not None:
            entry.runs.append((folder, record))
        elif problem is not None:
            entry.problems.append(problem)
    return list(entries.values())
