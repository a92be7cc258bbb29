"""recexp evaluate run=FOLDER [key=value ...]: evaluate a finished run's best weights under another split or protocol.

  run=FOLDER                   the run folder, with config.yaml and record.json
  protocol=NAME  split=NAME    another protocol or split; without it, the run's own. A split that holds out
                               interactions which the run was trained on is refused
  protocol.n=100 ...           an option of that protocol or split
  ks=[5,10]  eval_batch_size=  cut-offs of the metrics; users ranked at a time (changes no metric)
  paths.data=  paths.cache=    where things lie on this machine

The result is kept in FOLDER/evaluations/.
"""

import json
import logging
from pathlib import Path

from hydra.core.override_parser.types import Override
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from recexp.config.compose import compose, parse
from recexp.config.explanations import unknown_key
from recexp.errors import ConfigError, RunError
from recexp.files import write_atomically
from recexp.logs import log_to_console
from recexp.runs.folder import RunFolder, RunRecord
from recexp.runs.rendering import console, metrics_table, plain, protocol_in_words

GROUPS = ("protocol", "split")
KEYS = ("run", *GROUPS, "ks", "eval_batch_size", "paths", "debug")


def main(arguments: list[str]) -> int:
    from recexp.experiment import evaluate

    log_to_console(logging.INFO)
    overrides = {override.key_or_group: override for override in parse(arguments)}
    for key in overrides:
        if key.partition(".")[0] not in KEYS:
            raise ConfigError(unknown_key(key, KEYS))
    folder, record = _finished(overrides)
    cfg = changed(OmegaConf.load(folder.config), overrides)  # type: ignore[arg-type]
    _check_same_data(cfg, record)
    metrics, protocol = evaluate(cfg, folder.path)
    out = console()
    out.print(plain(f"{record.label} on {record.dataset}, seed {record.seed}"))
    out.print(metrics_table(metrics))
    out.print(plain(f"protocol  {protocol_in_words(protocol)}"), soft_wrap=True)
    file = folder.path / "evaluations" / f"{protocol['fingerprint']}.json"
    content = json.dumps({"metrics": metrics, "protocol": protocol}, indent=2)
    write_atomically(file, lambda stream: stream.write(content.encode()))  # last: the folder may be read-only
    out.print(plain(f"kept in   {file}"), soft_wrap=True)
    return 0


def changed(cfg: DictConfig, overrides: dict[str, Override]) -> DictConfig:
    """The config of a run with other groups, other values and this machine's paths. Raises ConfigError."""
    paths = [str(override.input_line) for key, override in overrides.items() if key.startswith("paths.")]
    groups = [key for key in overrides if key in GROUPS]
    fresh = compose(*paths, *(str(overrides[key].input_line) for key in groups))
    for key in ("paths", *groups):
        cfg[key] = fresh[key]
    OmegaConf.set_struct(cfg, True)
    for key, override in overrides.items():
        if key != "run" and key not in groups and not key.startswith("paths."):
            if OmegaConf.select(cfg, key, default=override) is override:
                raise ConfigError(unknown_key(key, [f"{group}.{name}" for group in GROUPS for name in cfg[group]]))
            OmegaConf.update(cfg, key, override.value())
    return cfg


def _finished(overrides: dict[str, Override]) -> tuple[RunFolder, RunRecord]:
    if "run" not in overrides:
        raise ConfigError("run: got nothing, expected the folder of a finished run: recexp evaluate run=FOLDER")
    folder = RunFolder(Path(str(overrides["run"].value())).expanduser().resolve())
    record = folder.finished()
    if record is None or not folder.config.exists():
        raise RunError(
            f"run: {folder.path} has no {folder.record.name if record is None else folder.config.name}: it is not the "
            "folder of a finished run. recexp train prints it: <paths.runs>/<dataset>/<label>/seed<k>-<hash>."
        )
    return folder, record


def _check_same_data(cfg: DictConfig, record: RunRecord) -> None:
    """The weights belong to the ids of the data they were trained on."""
    from recexp.data.prepare import prepare

    card = prepare(instantiate(cfg.dataset), cache=Path(cfg.paths.cache).expanduser()).card
    if card.sha256 != record.protocol["dataset_sha256"]:
        raise RunError(
            f"dataset {record.dataset!r} is not the one that the run was trained on: got {card.sha256[:12]}, expected "
            f"{record.protocol['dataset_sha256'][:12]}. Point paths.data to the same files, or train anew."
        )
