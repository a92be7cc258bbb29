"""Small data and small recommenders, in float64 and with weights large enough to matter."""

from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf, open_dict
from torch import Tensor, nn

from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import Histories
from recexp.config.compose import compose, conf_dir
from recexp.data.interactions import Interactions
from recexp.data.side_information import SideInformation
from recexp.data.training_set import TrainingSet
from recexp.features.choice import Features
from recexp.recommender.attentive import AttentiveRecommender

M = TypeVar("M", bound=nn.Module)

NUM_ITEMS, NUM_USERS, LENGTH = 11, 4, 6
COUNTS = np.arange(NUM_ITEMS)  # training interactions of each item
SMALL = (f"max_history_len={LENGTH}", "embedding_dim=8", "dropout=0.0", "logger=none")
HISTORIES = [[3, 1, 4, 2, 5, 9], [2, 7, 0, 0, 0, 0], [8, 0, 0, 0, 0, 0], [6, 5, 3, 10, 0, 0]]
WINDOWS = [[3, 1, 4, 2, 5, 9, 11], [2, 7, 6, 0, 0, 0, 0], [8, 0, 0, 0, 0, 0, 0], [6, 5, 3, 10, 2, 0, 0]]
CONTEXT_ONLY = [(0, 1), (3, 1)]  # positions of the windows that are no targets, beside each first one


@lru_cache
def compose_config(*overrides: str, config_dir: str | None = None) -> DictConfig:
    """The config of `recexp train <overrides>` at small sizes. Do not change it: it is shared.

    Composing takes a tenth of a second. The yaml of a group that holds values alone is what Hydra would put at the
    group's node, so such choices are put there instead.
    """
    plain = {override: _plain_yaml(override) for override in overrides if not _has_options(override, overrides)}
    own = () if config_dir is None else (f"hydra.searchpath=['file://{Path(config_dir).absolute()}']",)
    cfg = deepcopy(_composed(*own, *(override for override in overrides if plain.get(override) is None)))
    with open_dict(cfg):
        for override, node in plain.items():
            if node is not None:
                OmegaConf.update(cfg, override.partition("=")[0].replace("/", "."), node, merge=False)
    return cfg


@lru_cache
def _composed(*overrides: str) -> DictConfig:
    return compose(*SMALL, *overrides)


def _has_options(choice: str, overrides: Sequence[str]) -> bool:
    """Whether another override changes a value of what is chosen, which Hydra does afterwards."""
    node = choice.partition("=")[0].replace("/", ".")
    return any(other.startswith(f"{node}.") for other in overrides)


@lru_cache
def _plain_yaml(override: str) -> Any:
    """The node that an override such as `scorer=mlp` chooses, or None where that takes Hydra."""
    group, _, choice = override.partition("=")
    file = conf_dir() / group / f"{choice}.yaml"
    if not file.is_file():
        return None
    node = OmegaConf.load(file)
    return None if "defaults" in node or "@package" in file.read_text() else node


def build_recommender(
    *overrides: str, config_dir: str | None = None, seed: int = 0, features: Features | None = None
) -> AttentiveRecommender:
    """With random weights; the same for the same seed. features: by default those that the attention needs, if any.

    Building takes a hundred times as long as copying what was built before.
    """
    if features is not None:
        return _build(overrides, config_dir, seed, features)
    recommender, random_state = _built(overrides, config_dir, seed)
    torch.set_rng_state(random_state)
    return deepcopy(recommender)


@lru_cache(maxsize=256)
def _built(overrides: tuple[str, ...], config_dir: str | None, seed: int) -> tuple[AttentiveRecommender, Tensor]:
    """A recommender, and the state of the random generator after building it."""
    return _build(overrides, config_dir, seed, None), torch.get_rng_state()


def _build(
    overrides: tuple[str, ...], config_dir: str | None, seed: int, features: Features | None
) -> AttentiveRecommender:
    cfg = compose_config(*overrides, config_dir=config_dir)
    torch.manual_seed(seed)
    recommender = instantiate(cfg.recommender, num_items=NUM_ITEMS, num_users=NUM_USERS)
    if features is None and recommender.attention.needs_features:
        features = item_features()
    if features is not None:
        recommender.add_features(features, instantiate(cfg.fusion))
    with_large_weights(recommender)
    with torch.no_grad():
        padding_row(recommender)[:] = 0
    recommender.fit(training_set())
    return recommender


def with_large_weights(module: M) -> M:
    """In float64, and with weights far enough from where they start to matter."""
    module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    return module


def padding_row(recommender: AttentiveRecommender) -> Tensor:
    """The vector of item 0, which is padding."""
    item: Any = recommender.item
    return getattr(item, "ids", item).weight[0]


def item_features() -> Features:
    """A category and a number of each item; row 0 is padding, and some values are missing."""
    colour = pd.Series([np.nan, *("red" if item % 3 else "blue" for item in range(NUM_ITEMS))], name="colour")
    price = pd.Series([np.nan, *(np.nan if item == 4 else float(item) for item in range(NUM_ITEMS))], name="price")
    known = SideInformation({"colour": colour, "price": price}, {"colour": "category", "price": "number"})
    return Features(item=known, user=SideInformation({}, {}), context=())


def training_set() -> TrainingSet:
    """Item i + 1 is seen COUNTS[i] times, by one user after the other, and each time is a target."""
    item = np.repeat(np.arange(1, NUM_ITEMS + 1), COUNTS)
    user = np.sort(np.arange(len(item)) % NUM_USERS)
    return TrainingSet(
        num_users=NUM_USERS, num_items=NUM_ITEMS, user=user, item=item, time=np.arange(len(item)) * 3600, target=item
    )


def histories(item: list[list[int]] = HISTORIES) -> Histories:
    """Right-padded histories of different lengths, one of them full, with times an hour or more apart."""
    item_BL = torch.tensor(item)
    hour_BL = torch.arange(1, item_BL.numel() + 1).reshape(item_BL.shape) ** 2 % 97
    time_BL = 1_000_000 + 3600 * hour_BL.cumsum(dim=1)
    return Histories(
        user_B=torch.arange(len(item_BL)) % NUM_USERS,
        item_BL=item_BL,
        length_B=(item_BL > 0).sum(dim=1),
        time_BL=time_BL * (item_BL > 0),
    )


def cut(of: Histories, width: int) -> Histories:
    """The first `width` positions."""
    return of.with_positions(lambda tensor: tensor[:, :width], of.length_B.clamp(max=width))


def training_batch() -> TrainingBatch:
    """Windows whose inputs are HISTORIES; one window is too short for a target, and some positions are context."""
    windows = histories(WINDOWS)
    is_target_BL = windows.item_BL > 0
    is_target_BL[:, 0] = False
    for place in CONTEXT_ONLY:
        is_target_BL[place] = False
    return TrainingBatch(windows, is_target_BL)


def every_position_scores(recommender: AttentiveRecommender, of: Histories) -> Tensor:
    """score_BLN at every position of histories, padded ones included, as training sees them."""
    encoded = recommender.attention.encode(recommender.embed(of), every_position=True)
    score_BLN = encoded.score(recommender.item.catalogue(), recommender.scorer)
    return score_BLN if recommender.bias_N is None else score_BLN + recommender.bias_N


def interactions() -> Interactions:
    """Twelve users with 3 to 14 interactions with eleven items, in days of their own; some times are equal."""
    generator = np.random.default_rng(0)
    lengths = np.arange(3, 15)
    user = np.repeat(np.arange(len(lengths)), lengths)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    step = np.concatenate([np.arange(length) // 2 for length in lengths])
    return Interactions(
        user_idx=user.astype(np.int32),
        item_idx=generator.integers(1, NUM_ITEMS + 1, len(user)).astype(np.int32),
        time=86_400 * (user + 10 * step),
        offsets=offsets,
        user_ids=np.arange(len(lengths)),
        item_ids=np.arange(-1, NUM_ITEMS),
    )
