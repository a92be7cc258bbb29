"""`recexp <command>`: help, errors and exit codes, without importing anything heavy."""

import importlib
import os
import re
import sys

from recexp import __version__
from recexp.errors import suggest

COMMANDS = {
    "train": "one experiment, or a sweep with -m; goes on where it was stopped, skips what is done",
    "search": "hyperparameters by Optuna, each trial an ordinary run; goes on where it was stopped",
    "evaluate": "a finished run under another split or protocol",
    "results": "what is on disk, as a leaderboard",
    "sync": "upload to W&B what was logged offline",
    "data": "list the datasets; fetch, check and prepare one, and print its card",
    "doctor": "versions, devices, folders, W&B login, datasets: what is missing",
}
USAGE = f"""recexp {__version__}: compare attention in recommender systems, every number beside its protocol

usage: recexp <command> [key=value ...]

{chr(10).join(f"  {name:<10}{text}" for name, text in COMMANDS.items())}

  recexp <command> --help    what a command takes; for train: every group with its choices
  recexp train -sc install=bash    prints the shell completion (zsh, fish: see Hydra); load it with eval "$(...)"
  recexp --version

first steps:
  recexp train attention=item
  recexp train -m attention=user,item,interaction,transformer embedding_dim=32,64 seed=range(3)
  recexp results
"""
OWN_CLASSES = ("train", "search", "data", "doctor")  # commands whose config may name classes of the user's own
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 for failed jobs or a broken set-up, 2 for bad input, 130 when interrupted."""
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
    """`key=~/folder` as a shell has it after a plain name; in Hydra's grammar no value begins with ~."""
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
        goes_on = " The same command, without force=true, goes on from the last finished epoch."
        print(f"recexp: interrupted.{goes_on if name in ('train', 'search') else ''}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads our output, as `head` does, has seen enough
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
    print(f"recexp: {message}", file=sys.stderr)
    return 2


def _complete(arguments: list[str]) -> int:
    """Hydra's completion calls the bare program with the line so far; only `recexp train` has something to complete."""
    program, _, rest = os.environ.get("COMP_LINE", "").partition(" ")
    command, blank, overrides = rest.lstrip().partition(" ")
    if not blank:
        print(" ".join(COMMANDS))
    elif command == "train":
        os.environ["COMP_LINE"] = f"{program} {overrides}"
        return _run("train", arguments)
    return 0
