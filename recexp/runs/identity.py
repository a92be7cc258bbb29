"""What makes two runs the same experiment: the part of the config that changes the result, its hash, its name."""

import hashlib
import json
from typing import Any

from hydra.utils import get_class
from omegaconf import DictConfig, OmegaConf

NUMBERS_VERSION = 1  # raised when a change of code changes what a config results in

NOT_IN_RESULT = (
    "paths", "logger", "tags", "name", "group", "force", "retry", "debug", "expected", "hydra", "eval_batch_size",
)  # fmt: skip
# The node of a recommender holds those of these axes that it has, resolved; see `_features`.
IN_OTHERS = ("objective", "attention", "scorer", "loss", "features", "fusion")
# What only training reads. Not max_history_len: a recommender that does not learn may still look back.
IN_LEARNING = (
    "embedding_dim", "dropout", "batch_size", "windows", "batching", "optimizer", "scheduler", "callbacks",
)  # fmt: skip
IN_LEARNING_TRAINER = (
    "max_epochs", "min_epochs", "min_steps", "gradient_clip_val", "gradient_clip_algorithm",
    "accumulate_grad_batches", "limit_train_batches",
)  # fmt: skip
AXES = ("attention", "objective", "scorer", "loss")  # that a recommender may have, in the order of a label
UNSAID_OBJECTIVE = "next_item"
IN_DATASET = ("name", "min_rating", "k_core")  # for people; where the data lies is nothing, its content a hash apart


def result_config(cfg: DictConfig) -> dict[str, Any]:
    """The resolved config without what does not change the result."""
    unused = (*NOT_IN_RESULT, *IN_OTHERS) if learns(cfg) else (*NOT_IN_RESULT, *IN_OTHERS, *IN_LEARNING)
    config = {str(key): _plain(cfg, str(key)) for key in cfg if key not in unused}
    if not learns(cfg):
        config["trainer"] = {key: value for key, value in config["trainer"].items() if key not in IN_LEARNING_TRAINER}
    config["ks"] = sorted(set(config["ks"]))  # whichever way they were written
    config["dataset"] = {key: config["dataset"][key] for key in IN_DATASET if key in config["dataset"]}
    return config | _features(cfg)


def _features(cfg: DictConfig) -> dict[str, Any]:
    """The chosen features, each `name:kind` or the name of one of the time, and their fusion; nothing without any."""
    if not (cfg.features and learns(cfg)):
        return {}
    declared = cfg.dataset.get("features") or {}
    names = [f"{name}:{declared[name]}" if name in declared else name for name in sorted(cfg.features)]
    return {"features": names, "fusion": _plain(cfg, "fusion")}


def learns(cfg: DictConfig) -> bool:
    """Whether gradient steps train the recommender, as its class says."""
    recommender: Any = get_class(cfg.recommender["_target_"])
    return recommender.learns


def _plain(cfg: DictConfig, key: str) -> Any:
    value = cfg[key]
    return OmegaConf.to_container(value, resolve=True, throw_on_missing=True) if OmegaConf.is_config(value) else value


def run_hash(cfg: DictConfig, dataset_sha256: str) -> str:
    """10 hexadecimal digits, the same on every machine and in every process (T20)."""
    return content_hash(result_config(cfg), dataset_sha256)


def content_hash(*parts: Any, numbers: int = NUMBERS_VERSION) -> str:
    """10 hexadecimal digits of the SHA-256 of canonical JSON of `parts` and the version of the numbers."""
    text = json.dumps([*parts, numbers], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def run_label(cfg: DictConfig) -> str:
    """The axes of the recommender: `item-dot-bpr`, or `transformer-cloze-dot-bce` where it is not the next item.

    The name of a recommender without attention stands before them: `popularity`, `bpr_mf-bpr`.
    """
    node = cfg.recommender
    names = [] if "attention" in node else [node_name(node)]
    names += [node_name(node[axis]) for axis in AXES if axis in node]
    return "-".join(name for name in names if name != UNSAID_OBJECTIVE)


def node_name(node: DictConfig) -> str:
    """The module its class lives in: `recexp.attention.item.ItemAttention` -> `item`."""
    return node["_target_"].split(".")[-2]
