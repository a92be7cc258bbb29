"""Checks of what a config says before any work is done, with the key to mend in each message."""

from omegaconf import DictConfig

from recexp.errors import ConfigError

POSITIVE = ("embedding_dim", "max_history_len", "batch_size", "eval_batch_size")


def check_config(cfg: DictConfig) -> None:
    """The shared hyperparameters; groups check their own in their constructors."""
    for key in POSITIVE:
        _check_whole(key, cfg[key], least=1)
    _check_whole("seed", cfg.seed, least=0)
    if isinstance(cfg.dropout, bool) or not isinstance(cfg.dropout, int | float) or not 0 <= cfg.dropout < 1:
        raise ConfigError(f"dropout: got {cfg.dropout!r}, expected a number from 0 to below 1")
    if not isinstance(cfg.optimizer.lr, int | float) or cfg.optimizer.lr <= 0:
        raise ConfigError(f"optimizer.lr: got {cfg.optimizer.lr!r}, expected a number above 0")
    _check_cutoffs(cfg)


def check_sizes(cfg: DictConfig, *, num_items: int) -> None:
    """What only the dataset can tell: cut-offs above the catalogue measure nothing."""
    for k in cfg.ks:
        if k > num_items:
            raise ConfigError(f"ks: got {k}, expected at most the {num_items} items of dataset {cfg.dataset.name!r}")


def _check_cutoffs(cfg: DictConfig) -> None:
    if not cfg.ks:
        raise ConfigError("ks: got an empty list, expected cut-offs such as ks=[5,10,20]")
    for k in cfg.ks:
        _check_whole("ks", k, least=1)
    stopping = cfg.callbacks.early_stopping
    keys = [f"val/{name}@{k}" for name in cfg.metric if name != "mrr" for k in cfg.ks] + ["val/mrr"]
    if stopping.monitor not in keys:
        raise ConfigError(
            f"callbacks.early_stopping.monitor: got {stopping.monitor!r}, expected one of {keys}; add its cut-off to "
            "ks or choose another metric"
        )


def _check_whole(key: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(f"{key}: got {value!r}, expected a whole number from {least}")
