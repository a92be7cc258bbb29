"""What is printed before a table is run: its cells, and what is left to do."""

from rich.table import Table

from recexp.errors import printable
from recexp.runs.rendering import NOTHING, console, plain
from recexp.sweep.estimate import in_words
from recexp.sweep.report import done_before
from recexp.tables.cells import Cell
from recexp.tables.plan import TablePlan


def print_table_plan(plan: TablePlan) -> None:
    """A row of the table in a column a line: seeds finished and to run, about how long, and what cannot be run."""
    table = Table(title=printable(plan.definition.title), title_justify="left")
    for name in ("row", "column", "finished", "failed before", "to run", "takes about", ""):
        table.add_column(name, justify="left" if name in ("row", "column", "") else "right", overflow="fold")
    places = dict.fromkeys((cell.row.key, cell.column.key) for cell in plan.cells)
    for row, column in places:
        cells = [cell for cell in plan.cells if (cell.row.key, cell.column.key) == (row, column)]
        jobs = [cell.job for cell in cells if cell.job is not None]
        counts = (sum(it.record is not None for it in jobs), sum(it.failure is not None for it in jobs))
        table.add_row(
            plain(row),
            plain(column),
            *map(str, (*counts, sum(cell.is_to_run for cell in cells))),
            _time(cells),
            plain(next((cell.problem for cell in cells if cell.problem), "")),
        )
    console().print(table)
    print(f"{len(plan.cells)} cells, {len(plan.to_run)} to run, about {_time(plan.to_run)} one after the other")


def print_done_before(plan: TablePlan) -> None:
    """A line for each cell that is skipped, because it finished or failed before."""
    for job in plan.sweep.jobs:
        if not job.is_to_run:
            print(done_before(job, plan.sweep.metric), flush=True)


def _time(cells: list[Cell]) -> str:
    """Of those to run; `?` beside the sum where the time of some is unknown."""
    waiting = [cell.seconds for cell in cells if cell.is_to_run]
    known = sum(seconds for seconds in waiting if seconds is not None)
    if not waiting:
        return NOTHING
    return in_words(known) if None not in waiting else f"{in_words(known)} + ?" if known else "?"
