"""What Hydra and OmegaConf refuse, in words that name the key and the nearest known one."""

import errno
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches

from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    InstantiationException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, MissingMandatoryValue, OmegaConfBaseException

from recexp.errors import ConfigError, RecexpError, suggest
from recexp.files import writing_error

MEMORY_WORDS = ("can't allocate memory", "not enough memory", "out of memory", "Unable to allocate")
REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


@contextmanager
def without_wrapping() -> Iterator[None]:
    """For those who call from Python: the error of recexp that Hydra has wrapped, or a ConfigError with the reason."""
    try:
        yield
    except InstantiationException as error:
        for cause in _causes(error):
            if isinstance(cause, RecexpError):
                raise cause from error
        raise ConfigError(_instantiation(error)) from error


def explain(error: BaseException, known_keys: Callable[[str], Collection[str]]) -> str | None:
    """What the user has to mend, or None when the error is not of their making.

    known_keys: gives all keys of the config when one unknown key is left out of the overrides.
    """
    for cause in _causes(error):
        if isinstance(cause, RecexpError):
            return str(cause)
        if isinstance(cause, RuntimeError | MemoryError) and any(words in str(cause) for words in MEMORY_WORDS):
            return (
                f"out of memory: {_first_line(cause)}. Less is needed with a smaller embedding_dim, max_history_len, "
                "batch_size or eval_batch_size"
            )
    if isinstance(error, MissingConfigException):
        return _unknown_choice(error)
    if isinstance(error, OverrideParseException):
        key, _, value = (error.override or "").partition("=")
        quoted = f"\"{key}='{value}'\""
        return f"cannot read {error.override!r}, expected key=value, and quotes where the value is special: {quoted}"
    if isinstance(error, ConfigCompositionException):
        return _composition(error, known_keys)
    if isinstance(error, InstantiationException):
        return _instantiation(error)
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} has no value and needs one: {error.full_key}=..."
    if isinstance(error, ConfigKeyError | ConfigAttributeError) and error.full_key:
        return f"{error.full_key}: is not in the config, which needs it; leave ~{error.full_key} out"
    if isinstance(error, OmegaConfBaseException):
        return f"{error.full_key or 'config'}: {_first_line(error)}"
    if isinstance(error, HydraException):
        return " ".join(str(error).split())
    if type(error).__name__ == "MisconfigurationException":  # Lightning's, whose import takes seconds
        return f"trainer: {_first_line(error)}"
    if any(kind.__name__ == "YAMLError" for kind in type(error).__mro__):
        return f"cannot read a yaml file: {' '.join(str(error).split())}"
    if isinstance(error, OSError) and error.errno in REFUSED:
        return str(writing_error(error, error.filename or "a file"))
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"no such file: {error.filename}"
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return f"a name of more than 255 bytes, which no file has: {error.filename}"
    return None


def reason(error: BaseException) -> str:
    """Why a run failed, whoever is to blame."""
    return explain(error, list) or f"{type(error).__name__}: {error}"


def is_refusal(error: BaseException) -> bool:
    """Whether the config was refused, perhaps by a constructor that Hydra called."""
    return any(isinstance(cause, ConfigError) for cause in _causes(error))


def unknown_key(key: str, known: Collection[str]) -> str:
    """`key` is unknown; did you mean a sibling, or (where it has no parent here) the same name elsewhere?"""
    parent, _, name = key.rpartition(".")
    kind = "/" in key  # a group in a group is told from keys by its slash
    siblings = sorted(other for other in known if other.rpartition(".")[0] == parent and kind == ("/" in other))
    near = _near(name, siblings) or ([] if parent and siblings else _near(name, sorted(known)))
    if near:
        return f"unknown key {key!r}. Did you mean {' or '.join(map(repr, near[:3]))}?"
    if parent in known and not siblings:
        return f"unknown key {key!r}: what {parent} is set to has no keys of its own."
    return f"unknown key {key!r}. Known: {', '.join(other for other in siblings or sorted(known) if '/' not in other)}."


def _near(name: str, keys: Sequence[str]) -> list[str]:
    """Those keys whose last part is near `name`, nearest first."""
    last = {key: key.rpartition(".")[2] for key in keys}
    near = get_close_matches(name, set(last.values()), n=3, cutoff=0.6)
    return [key for word in near for key in keys if last[key] == word]


def _unknown_choice(error: MissingConfigException) -> str:
    group, _, choice = (error.missing_cfg_file or "").rpartition("/")
    options = sorted(error.options or ())
    if not options:
        return f"unknown choice {group}={choice}: there is no file conf/{group}/{choice}.yaml"
    near = get_close_matches(choice, options)
    question = f" {suggest(choice, options)}" if near else ""
    return f"unknown choice {group}={choice}.{question} Choices of {group}: {', '.join(options)}."


def _composition(error: ConfigCompositionException, known_keys: Callable[[str], Collection[str]]) -> str:
    for cause in _causes(error):
        if isinstance(cause, ConfigAttributeError) and cause.full_key:
            return unknown_key(cause.full_key, known_keys(cause.full_key))
        if isinstance(cause, ConfigKeyError) and cause.full_key:
            parent = cause.full_key.partition(".")[0]
            return f"{unknown_key(cause.full_key, known_keys(parent))} To add it all the same: +{parent}={{...}}"
    absent = re.match(r"Could not override '([^']+)'\. No match in the defaults list", str(error))
    if absent:
        parent, _, child = absent[1].rpartition("/")
        why = f"the chosen {parent} has no {child}" if parent else "it belongs to another command"
        return f"{absent[1]} is not a part of this config: {why}"
    lines = [line for cause in _causes(error) for line in str(cause).splitlines()]
    said = (line for line in lines if not line.startswith(("To append", "    ")))
    return " ".join(" ".join(said).split())


def _instantiation(error: InstantiationException) -> str:
    """Hydra's text: `Error in call to target '...':` `ValueError('...')` `full_key: ...`."""
    key = re.search(r"full_key: (\S+)", str(error))
    causes = list(_causes(error))
    own = " ".join(str(error).partition("full_key:")[0].split())
    reason = str(causes[-1]) if len(causes) > 1 else own
    return f"{key[1]}: {reason}" if key else reason


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, each once: OmegaConf can raise an error from itself."""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
