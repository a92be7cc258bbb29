"""recexp evaluate run=FOLDER [key=value ...]: evaluate a finished run's best weights under another split or protocol.

  run=FOLDER                   the run folder, with config.yaml and record.json
  protocol=NAME  split=NAME    another protocol or split; without it, the run's own. A split that holds out
                               interactions which the run was trained on is refused
  protocol.n=100 ...           an option of that protocol or split
  ks=[5,10]  eval_batch_size=  cut-offs of the metrics; users ranked at a time (changes no metric)
  paths.data=  paths.cache=    where things lie on this machine
  trust=MODULE  trust=[A,B]    classes of yours that the run may import besides those of recexp, torch and Lightning,
                               from the folder where you stand or where Python finds them; never from FOLDER

The result is kept in FOLDER/evaluations/.
"""

import json
import logging
from copy import deepcopy
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from recexp.config.compose import compose, parse
from recexp.config.explanations import unknown_key
from recexp.errors import ConfigError
from recexp.files import write_atomically
from recexp.logs import log_to_console
from recexp.runs.folder import RunFolder
from recexp.runs.record import RunRecord
from recexp.runs.rendering import console, metrics_table, plain, protocol_in_words

GROUPS = ("protocol", "split")
NOT_OF_THE_RUN = ("run", "trust")
KEYS = (*NOT_OF_THE_RUN, *GROUPS, "ks", "eval_batch_size", "paths", "debug")


def main(arguments: list[str]) -> int:
    from recexp.runs.trust import imports_for

    log_to_console(logging.INFO)
    overrides = {override.key_or_group: override for override in parse(arguments)}
    for key in overrides:
        if key.partition(".")[0] not in KEYS:
            raise ConfigError(unknown_key(key, KEYS))
    folder, record = _finished(overrides)
    trust = _trusted(overrides)
    with imports_for(folder.path, trust):
        _evaluate(folder, record, overrides, trust)
    return 0


def _evaluate(folder: RunFolder, record: RunRecord, overrides: dict[str, Override], trust: list[str]) -> None:
    from recexp.experiment import evaluate
    from recexp.runs.trust import read_config
    from recexp.runs.versions import explain_other_code

    trained = read_config(folder, record, trust=trust)
    cfg = changed(deepcopy(trained), overrides)
    with explain_other_code(record.versions, record.git_sha):
        metrics, protocol = evaluate(cfg, folder, record, trained=trained)
    out = console()
    out.print(plain(f"{record.label} on {record.dataset}, seed {record.seed}"))
    out.print(metrics_table(metrics))
    out.print(plain(f"protocol  {protocol_in_words(protocol)}"), soft_wrap=True)
    file = folder.path / "evaluations" / f"{protocol['fingerprint']}.json"
    content = json.dumps({"metrics": metrics, "protocol": protocol}, indent=2)
    write_atomically(file, lambda stream: stream.write(content.encode()))  # last: the folder may be read-only
    out.print(plain(f"kept in   {file}"), soft_wrap=True)


def changed(cfg: DictConfig, overrides: dict[str, Override]) -> DictConfig:
    """The config of a run with other groups, other values and this machine's paths. Raises ConfigError."""
    paths = [str(override.input_line) for key, override in overrides.items() if key.startswith("paths.")]
    groups = [key for key in overrides if key in GROUPS]
    fresh = compose(*paths, *(str(overrides[key].input_line) for key in groups))
    for key in ("paths", *groups):
        cfg[key] = fresh[key]
    OmegaConf.set_struct(cfg, True)
    for key, override in overrides.items():
        if key not in (*NOT_OF_THE_RUN, *groups) and not key.startswith("paths."):
            if OmegaConf.select(cfg, key, default=override) is override:
                raise ConfigError(unknown_key(key, [f"{group}.{name}" for group in GROUPS for name in cfg[group]]))
            OmegaConf.update(cfg, key, override.value())
    return cfg


def _finished(overrides: dict[str, Override]) -> tuple[RunFolder, RunRecord]:
    if "run" not in overrides:
        raise ConfigError("run: got nothing, expected the folder of a finished run: recexp evaluate run=FOLDER")
    return RunFolder.of_finished(Path(str(overrides["run"].value())))


def _trusted(overrides: dict[str, Override]) -> list[str]:
    if "trust" not in overrides:
        return []
    if overrides["trust"].is_sweep_override():
        raise ConfigError("trust: got several values, expected trust=MODULE or trust=[A,B]")
    value: Any = overrides["trust"].value()
    return value if isinstance(value, list) else [value]
