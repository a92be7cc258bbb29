"""The `recexp` command: dispatch, help, error messages and exit codes. Imports nothing slow itself."""

import importlib
import os
import re
import sys

from recexp import __version__
from recexp.errors import printable, suggest

COMMANDS = {
    "train": "run one experiment, or a sweep with -m; continue what was interrupted, skip what is finished",
    "search": "search hyperparameters with Optuna; continue a search that was interrupted",
    "table": "run what is missing of a paper-style table, and print it beside the published numbers",
    "evaluate": "evaluate a finished run under another split or protocol",
    "recommend": "list the best items of a finished run for users or histories",
    "results": "show the finished runs as a leaderboard",
    "sync": "upload runs that were logged offline to W&B",
    "data": "list the datasets, or fetch, check and prepare one and print its card",
    "doctor": "check versions, devices, folders, W&B login and datasets, and say what is missing",
}
USAGE = f"""recexp {__version__}: compare attention in recommender systems, with every number beside its protocol

usage: recexp <command> [key=value ...]

{chr(10).join(f"  {name:<10}{text}" for name, text in COMMANDS.items())}

  recexp <command> --help          options of a command; for train: every config group with its choices
  eval "$(recexp train -sc install=bash)"    turn on completion in bash; for zsh and fish see Hydra's documentation
  recexp --version

examples:
  recexp train attention=item
  recexp train -m attention=user,item,interaction,transformer embedding_dim=32,64 seed=range(3)
  recexp results
"""
OWN_CLASSES = ("train", "search", "table", "data", "doctor")  # commands whose config may name classes of the user's own
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: list[str] | None = None) -> int:
    """Runs a command. Returns 0, 1 for failed jobs or a broken set-up, 2 for bad input, 130 for an interruption."""
    arguments = sys.argv[1:] if arguments is None else arguments
    name, *rest = map(_expand_home, arguments or ["--help"])
    if name in ("-h", "--help"):
        print(USAGE, end="")
        return 0
    if name == "--version":
        print(f"recexp {__version__}")
        return 0
    if name in ("-sc", "--shell-completion"):
        return _complete(arguments)
    if name not in COMMANDS:
        return _refuse(f"unknown command {name!r}. {suggest(name, COMMANDS)}")
    return _run(name, rest)


def _expand_home(argument: str) -> str:
    """Expands ~ in `key=~/folder`, which shells leave alone. In Hydra's grammar no value begins with ~."""
    return re.sub(r"(?<=[=,])~(?=/|,|$)", os.path.expanduser("~"), argument)


def _run(name: str, arguments: list[str]) -> int:
    _set_import_path(name)
    try:
        command = importlib.import_module(f"recexp.commands.{name}")
        if name != "train" and {"-h", "--help"} & set(arguments):
            print(command.__doc__)
            return 0
        return command.main(arguments)
    except KeyboardInterrupt:
        hint = " Repeat the command without force=true to continue from the last finished epoch."
        print(f"recexp: interrupted.{hint if name in ('train', 'search', 'table') else ''}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has closed it, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if any(argument.lower() == "debug=true" for argument in arguments):
            raise
        return _explain(error, arguments)


def _set_import_path(name: str) -> None:
    """A class of the user's own lies where they stand: that is the last entry, so that it hides nothing.

    The other commands read what may come from anyone, and import nothing from where they are called.
    """
    here = os.getcwd()
    sys.path[:] = [entry for entry in sys.path if entry not in ("", here)]
    if name in OWN_CLASSES:
        sys.path.append(here)


def _explain(error: Exception, arguments: list[str]) -> int:
    from recexp.config.compose import known_keys, overrides_among
    from recexp.config.explanations import explain

    message = explain(error, lambda unknown: known_keys(overrides_among(arguments), without=unknown))
    if message is not None:
        return _refuse(message)
    _refuse(f"{type(error).__name__}: {error}\nFor the traceback, repeat the command with debug=true.")
    return 2 if isinstance(error, ValueError) else 1


def _refuse(message: str) -> int:
    print(f"recexp: {printable(message)}", file=sys.stderr)
    return 2


def _complete(arguments: list[str]) -> int:
    """Answers Hydra's shell completion, which calls the program with the line typed so far in COMP_LINE.

    Command names are completed here; after `recexp train`, Hydra completes the overrides.
    """
    program, _, rest = os.environ.get("COMP_LINE", "").partition(" ")
    command, blank, overrides = rest.lstrip().partition(" ")
    if not blank:
        print(" ".join(COMMANDS))
    elif command == "train":
        os.environ["COMP_LINE"] = f"{program} {overrides}"
        return _run("train", arguments)
    return 0
