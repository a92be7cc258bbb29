"""Checks of a whole config before any work is done; groups check their own options in their constructors."""

from omegaconf import DictConfig, ListConfig

from recexp.checks import check_positive, check_share, check_whole, is_number
from recexp.config.arguments import check_arguments
from recexp.errors import ConfigError, DataError

COUNTS = ("embedding_dim", "max_history_len", "batch_size", "eval_batch_size")
SWITCHES = ("force", "retry", "debug")
NAMES = ("name", "group")
LISTS = ("ks", "tags", "features")
QUICK = "To make a run quick: trainer.max_epochs or trainer.limit_train_batches"
# Options of the Trainer under which a run would be measured otherwise than its protocol says.
WHOLE = ("limit_val_batches", "limit_test_batches")
REFUSED = ("overfit_batches", "check_val_every_n_epoch", "val_check_interval", "max_steps", "max_time")

MAX_SEED = 2**64 - 1  # of PyTorch's generators
AMPLE_HISTORY_LEN = 10_000  # allowed for every dataset, so that one config serves several


def check_config(cfg: DictConfig) -> None:
    """What every use of a config needs; groups check the ranges of their own options in their constructors."""
    for key in map(str, cfg):
        check_arguments(cfg[key], key)
    for key in COUNTS:
        check_whole(key, cfg[key], least=1)
    check_whole("seed", cfg.seed, least=0, most=MAX_SEED)
    check_bands(cfg.expected)
    check_share("dropout", cfg.dropout)
    for key in SWITCHES:
        if not isinstance(cfg[key], bool):
            raise ConfigError(f"{key}: got {cfg[key]!r}, expected true or false")
    for key in NAMES:
        if not isinstance(cfg[key], str | None):
            raise ConfigError(f"{key}: got {cfg[key]!r}, expected text or null")
    for key in LISTS:
        if not isinstance(cfg[key], ListConfig):
            raise ConfigError(f"{key}: got {cfg[key]!r}, expected a list: {key}=[{cfg[key]}]")
    if not cfg.ks:
        raise ConfigError("ks: got an empty list, expected cut-offs such as ks=[5,10,20]")
    for k in cfg.ks:
        check_whole("ks", k, least=1)
    _check_measured(cfg.trainer)


def check_bands(expected: object) -> None:
    """Raises ConfigError for what are not the bands of a pinned experiment: metric -> [least, most]."""
    shape = "expected metrics with the least and the most they may be: +expected={test/hr@10: [0.22, 0.24]}"
    if not isinstance(expected, DictConfig):
        raise ConfigError(f"expected: got {expected!r}, {shape}")
    for metric, band in expected.items():
        is_pair = isinstance(band, ListConfig) and len(band) == 2 and all(map(is_number, band))
        if not is_pair or band[0] > band[1]:
            raise ConfigError(f"expected.{metric!s}: got {band!r}, {shape}")


def check_learning(cfg: DictConfig) -> None:
    """What a recommender that learns needs besides."""
    check_positive("optimizer.lr", cfg.optimizer.lr)
    if cfg.trainer.limit_train_batches is not None:
        check_positive("trainer.limit_train_batches", cfg.trainer.limit_train_batches)
    for key in ("max_epochs", "accumulate_grad_batches"):
        check_whole(f"trainer.{key}", cfg.trainer[key], least=1)
    if cfg.trainer.gradient_clip_val is not None:
        check_positive("trainer.gradient_clip_val", cfg.trainer.gradient_clip_val)
    stopping = cfg.callbacks.early_stopping
    check_whole("callbacks.early_stopping.patience", stopping.patience, least=1)
    if stopping.mode != "max":
        raise ConfigError(
            f"callbacks.early_stopping.mode: got {stopping.mode!r}, expected 'max': of all metrics more is better"
        )


def _check_measured(trainer: DictConfig) -> None:
    """Refuses what would change how a run is measured, which its hash and its protocol do not say."""
    for key in WHOLE:
        value = trainer.get(key, 1.0)
        if not isinstance(value, float) or value != 1.0:  # 1 is one batch, 1.0 is all of them
            raise ConfigError(
                f"trainer.{key}: got {value!r}, expected 1.0: validation and test rank all users, as the "
                f"protocol says. {QUICK}"
            )
    for key in REFUSED:
        if key in trainer:
            raise ConfigError(
                f"trainer.{key}: got {trainer[key]!r}, expected no such key: each epoch is whole and ends with a "
                f"validation of all users: early stopping, the choice of weights and a resumed run rely on it. {QUICK}"
            )


def check_sizes(cfg: DictConfig, *, num_items: int, longest: int) -> None:
    """What only the dataset can tell. longest: interactions of the user who has most.

    A catalogue of one item makes every ranking right; cut-offs above the catalogue measure nothing; positions that no
    history reaches cost memory alone.
    """
    if num_items < 2:
        raise DataError(
            f"dataset {cfg.dataset.name!r} has {num_items} item, expected at least 2: there is nothing to rank. Is "
            "dataset.item the right column? Do dataset.min_rating and dataset.k_core leave enough?"
        )
    for k in cfg.ks:
        if k > num_items:
            raise ConfigError(f"ks: got {k}, expected at most the {num_items} items of dataset {cfg.dataset.name!r}")
    if cfg.max_history_len > max(longest, AMPLE_HISTORY_LEN):
        raise ConfigError(
            f"max_history_len: got {cfg.max_history_len}, expected at most {max(longest, AMPLE_HISTORY_LEN)}: the "
            f"longest history of dataset {cfg.dataset.name!r} has {longest} interactions, and positions beyond it cost "
            "memory and nothing else"
        )
