"""What makes two runs the same experiment: the part of the config that changes the result, its hash, its name."""

import hashlib
import json
from typing import Any

from omegaconf import DictConfig, OmegaConf

NUMBERS_VERSION = 1  # raised when a change of code changes what a config results in

# A recommender that attends holds its attention and its scorer, resolved, in its own node.
NOT_IN_RESULT = ("paths", "logger", "tags", "force", "debug", "hydra", "eval_batch_size", "attention", "scorer")
IN_DATASET = ("name", "min_rating", "k_core")  # for people; where the data lies is nothing, its content a hash apart


def result_config(cfg: DictConfig) -> dict[str, Any]:
    """The resolved config without what does not change the result."""
    config = {str(key): _plain(cfg, str(key)) for key in cfg if key not in NOT_IN_RESULT}
    config["dataset"] = {key: config["dataset"][key] for key in IN_DATASET if key in config["dataset"]}
    return config


def _plain(cfg: DictConfig, key: str) -> Any:
    value = cfg[key]
    return OmegaConf.to_container(value, resolve=True, throw_on_missing=True) if OmegaConf.is_config(value) else value


def run_hash(cfg: DictConfig, dataset_sha256: str) -> str:
    """10 hexadecimal digits, the same on every machine and in every process (T20)."""
    return content_hash(result_config(cfg), dataset_sha256)


def content_hash(*parts: Any) -> str:
    """10 hexadecimal digits of the SHA-256 of canonical JSON of `parts` and the version of the numbers."""
    text = json.dumps([*parts, NUMBERS_VERSION], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def run_label(cfg: DictConfig) -> str:
    """`<attention>-<scorer>-<loss>`, or the recommender's name where it has no attention."""
    if "attention" in cfg.recommender:
        return "-".join(map(node_name, (cfg.recommender.attention, cfg.recommender.scorer, cfg.loss)))
    return node_name(cfg.recommender)


def node_name(node: DictConfig) -> str:
    """The module its class lives in: `recexp.attention.item.ItemAttention` -> `item`."""
    return node["_target_"].split(".")[-2]
