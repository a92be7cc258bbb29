"""recexp recommend run=FOLDER user=ID|users=all|history=[...] [key=value ...]: the best items of a finished run.

  run=FOLDER                 the run folder; nothing else is needed, and it may lie anywhere
  user=ID  user=[A,B]        users of the run; their history is all that the dataset knows of them
  history=[A,B,C]            item ids, oldest first, of anyone. Where the model needs to know the user: user=ID beside
                             it, a user of the run who then has this history
  times=[T1,T2,T3]           the time of each item of the history, where the run's features need it
  users=all                  every user of the run, into output=FILE.parquet, in bounded memory
  k=10                       items for each
  exclude_seen=true          leave out the items of the history
  format=table|json|csv      how the list is printed
  output=FILE.parquet        write the list to a file instead
  device=cpu                 or cuda, mps
  trust=MODULE  trust=[A,B]  classes of yours that the run may import, as in recexp evaluate

An id with special characters needs quotes of its own: user="'a, b'"
"""

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from recexp.config.compose import parse
from recexp.config.explanations import unknown_key
from recexp.errors import ConfigError, printable, suggest
from recexp.logs import log_to_console
from recexp.runs.rendering import NOTHING, console, number, plain

DEFAULTS: dict[str, Any] = {
    "run": None, "user": None, "users": None, "history": None, "times": None, "k": 10, "exclude_seen": True,
    "format": "table", "output": None, "device": "cpu", "trust": [], "debug": False,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    log_to_console(logging.WARNING)
    options = _options(arguments)
    _check(options)
    from recexp.serve.load import load
    from recexp.serve.parquet import write_recommendations

    model = load(str(options["run"]), _listed(options["trust"]), device=str(options["device"]))
    history, times = options["history"], options["times"]
    frames = model.recommend_in_pieces(
        model.user_ids if options["users"] == "all" else _listed(options["user"]),
        None if history is None else [history],
        times=None if times is None else [times],
        k=options["k"],
        exclude_seen=options["exclude_seen"],
    )
    if options["output"] is None:
        PRINTERS[options["format"]](pd.concat(frames, ignore_index=True))
    else:
        file = Path(str(options["output"])).expanduser()
        console().print(plain(f"{write_recommendations(frames, file):,} rows in {file}"), soft_wrap=True)
    return 0


def _options(arguments: list[str]) -> dict[str, Any]:
    given = {}
    for override in parse(arguments):
        key = override.key_or_group
        if key not in DEFAULTS:
            raise ConfigError(unknown_key(key, list(DEFAULTS)))
        if override.is_sweep_override():
            raise ConfigError(f"{key}: got several values, expected one, or a list: {key}=[A,B]")
        given[key] = override.value()
    return DEFAULTS | given


def _check(options: dict[str, Any]) -> None:
    if options["run"] is None:
        raise ConfigError("run: got nothing, expected the folder of a finished run: recexp recommend run=FOLDER")
    if options["users"] not in (None, "all"):
        raise ConfigError(f"users: got {options['users']!r}, expected users=all; for some of them: user=[A,B]")
    asked = [key for key in ("user", "users", "history") if options[key] is not None]
    if asked not in (["user"], ["users"], ["history"], ["user", "history"]):
        got = " and ".join(asked) or "nothing"
        raise ConfigError(f"user, users, history: got {got}, expected user=ID, history=[...], or users=all")
    for key in ("history", "times"):
        if not isinstance(options[key], list | None):
            raise ConfigError(f"{key}: got {options[key]!r}, expected a list: {key}=[A,B]")
    if not isinstance(options["exclude_seen"], bool):
        raise ConfigError(f"exclude_seen: got {options['exclude_seen']!r}, expected true or false")
    if options["format"] not in PRINTERS:
        raise ConfigError(f"format: got {options['format']!r}. {suggest(str(options['format']), PRINTERS)}")
    output = options["output"]
    if output is None and options["users"] == "all":
        raise ConfigError("users: got all, which are too many to print: add output=FILE.parquet")
    if output is not None and not str(output).endswith(".parquet"):
        raise ConfigError(f"output: got {output!r}, expected a file that ends in .parquet")


def _listed(value: Any) -> Any:
    """A single value as a list of one."""
    return value if isinstance(value, list | None) else [value]


def _print_table(frame: pd.DataFrame) -> None:
    table = Table()
    for column in frame:
        table.add_column(plain(column), justify="left" if column in ("item", "title") else "right", overflow="fold")
    for row in _plain(frame).itertuples(index=False):
        cells = row._replace(score=number(row.score))
        table.add_row(*(plain(NOTHING if cell is None else cell) for cell in cells))
    console().print(table)


def _print_json(frame: pd.DataFrame) -> None:
    print(json.dumps(_plain(frame).to_dict("records"), indent=2))


def _print_csv(frame: pd.DataFrame) -> None:
    print(printable(frame.to_csv(index=False)), end="")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """None in the place of what is missing."""
    return frame.astype(object).where(frame.notna(), None)


PRINTERS = {"table": _print_table, "json": _print_json, "csv": _print_csv}
