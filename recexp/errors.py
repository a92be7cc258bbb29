"""The errors a user can cause: what was got, what was expected, where it came from and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class RecexpError(ValueError):
    """Bad input: the command line prints the message alone and exits with code 2.

    A message may quote a file, so it is made `printable`.
    """

    def __init__(self, message: object) -> None:
        super().__init__(printable(str(message)))


class ConfigError(RecexpError):
    """A configuration value that cannot be used; the message names its key."""


class DataError(RecexpError):
    """A file or a table that cannot be used; the message names the file and, where there is one, the line."""


class RunError(RecexpError):
    """A run folder or a checkpoint that cannot be used, or a training that cannot go on."""


def printable(text: str) -> str:
    """The same text with escapes in the place of what a terminal would obey or hide (\\x1b); lines stay lines."""
    if text.isprintable():
        return text
    keep = "\n\t"
    return "".join(it if it.isprintable() or it in keep else ascii(it)[1:-1] for it in text)


def suggest(name: str, known: Iterable[str]) -> str:
    """A sentence that names the known words nearest to `name`, or all of them when none is near."""
    known = sorted(known)
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(word) for word in near)}?"
    return f"Known: {', '.join(known)}."
