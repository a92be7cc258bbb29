"""recexp table table=NAME [key=value ...]: run what is missing of a paper-style table, and print it.

  table=NAME               conf/table/NAME.yaml; without it, the tables are listed
  dry_run=true             print the cells and about how long they take, and the table so far; run nothing
  only=ROW  only=A,B       these rows only
  seeds=0,1,2              other seeds than those of the definition; also range(5)
  output=FOLDER            where table.md, .tex, .html, .csv, comparisons.csv and figures go (default:
                           <paths.runs>/.tables/NAME)
  --config-dir FOLDER      also look for table/NAME.yaml in FOLDER
  retry=true               run cells again that failed before
  trainer.accelerator=gpu hydra/launcher=joblib paths.runs=...    overrides of recexp train, for all cells; the table
                           says which they were

Cells run in order of cost. Repeat the command after Ctrl-C or a kill: finished cells are skipped, and the one under way
goes on from its last finished epoch. A failed cell is shown with its reason, and the others go on; the exit code is 1.
"""

import logging
from argparse import ArgumentParser
from dataclasses import dataclass, field
from pathlib import Path

from hydra.core.override_parser.types import Override

from recexp.config.compose import compose, parse
from recexp.errors import ConfigError
from recexp.logs import log_to_console

OWN = ("table", "dry_run", "only", "seeds", "output")


@dataclass
class Options:
    table: str | None = None
    dry_run: bool = False
    only: list[str] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    output: Path | None = None
    config_dir: Path | None = None
    overrides: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    log_to_console(logging.WARNING)
    options = read_options(arguments)
    if options.table is None:
        return _list(options)
    from recexp.tables.output.files import write_table
    from recexp.tables.output.layout import layout
    from recexp.tables.output.terminal import print_table
    from recexp.tables.run import Request, run_table

    result = run_table(
        Request(
            table=options.table,
            overrides=options.overrides,
            only=options.only,
            seeds=options.seeds,
            dry_run=options.dry_run,
            config_dir=options.config_dir,
        )
    )
    shown = layout(result)
    problems = [
        f"{it.row.key} | {it.column.key}: {text}" for it in result.entries for text in dict.fromkeys(it.problems)
    ]
    print_table(shown, [text for text in problems if not text.endswith(": to run")])
    if not options.dry_run:
        folder = options.output or _runs(options.overrides) / ".tables" / options.table
        print("written  ", ", ".join(file.name for file in write_table(result, shown, folder)), "in", folder)
    return 1 if any(text.startswith(("failed", "refused")) for it in result.entries for text in it.problems) else 0


def read_options(arguments: list[str]) -> Options:
    """Raises ConfigError for an option that has the wrong kind of value, and for several values of an override."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config-dir", type=Path)
    flags, rest = parser.parse_known_args(arguments)
    options = Options(config_dir=None if flags.config_dir is None else flags.config_dir.expanduser().absolute())
    for override in parse(rest):
        key = override.key_or_group
        if key not in OWN:
            if override.is_sweep_override():
                raise ConfigError(f"{override.input_line}: got several values, expected one for all cells of the table")
            options.overrides.append(str(override.input_line))
        elif key in ("only", "seeds"):
            setattr(options, key, _several(override))
        elif key == "dry_run":
            options.dry_run = _switch(override)
        elif key == "output":
            options.output = Path(str(override.value())).expanduser()
        else:
            options.table = str(override.value())
    return options


def _several(override: Override) -> list[str] | list[int]:
    found = list(override.sweep_string_iterator()) if override.is_sweep_override() else override.value()
    values = [str(it) for it in (found if isinstance(found, list) else [found])]
    if override.key_or_group == "only":
        return values
    if not all(value.isdecimal() for value in values):
        raise ConfigError(f"seeds: got {','.join(values)}, expected whole numbers from 0: seeds=0,1,2")
    return [int(value) for value in values]


def _switch(override: Override) -> bool:
    value = override.value()
    if not isinstance(value, bool):
        raise ConfigError(f"{override.key_or_group}: got {value!r}, expected true or false")
    return value


def _list(options: Options) -> int:
    from recexp.tables.definition import names, read_definition

    for name in names(options.config_dir):
        print(f"{name:<20} {read_definition(name, options.config_dir).title}")
    return 0


def _runs(overrides: list[str]) -> Path:
    paths = [text for text in overrides if text.startswith("paths.")]
    return Path(compose(*paths).paths.runs).expanduser()
