"""Small recommenders from the project's own yaml files, in float64 and with weights large enough to matter."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig
from torch import Tensor

from recexp.data.training_set import TrainingSet
from recexp.recommender.attentive import AttentiveRecommender

CONF = Path(__file__).parents[1] / "conf"
NUM_ITEMS, NUM_USERS, LENGTH = 11, 4, 6
COUNTS = np.arange(NUM_ITEMS)  # training interactions of each item
SMALL = [f"max_history_len={LENGTH}", "embedding_dim=8", "dropout=0.0"]


def choices(group: str) -> list[str]:
    """The yaml files of a config group: a new one is tested without an edit."""
    return sorted(file.stem for file in (CONF / group).glob("*.yaml"))


@lru_cache
def compose_config(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("train", [*SMALL, *overrides])


def has_similarity(attention: str) -> bool:
    return "similarity" in compose_config(f"attention={attention}").attention


def build_recommender(*overrides: str, seed: int = 0) -> AttentiveRecommender:
    cfg = compose_config(*overrides)
    torch.manual_seed(seed)
    recommender = instantiate(cfg.recommender, num_items=NUM_ITEMS, num_users=NUM_USERS).double()
    with torch.no_grad():
        for parameter in recommender.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
        recommender.item.weight[0] = 0
    return recommender


def training_set() -> TrainingSet:
    """Item i + 1 is seen COUNTS[i] times, by one user after the other, and each time is a target."""
    item = np.repeat(np.arange(1, NUM_ITEMS + 1), COUNTS)
    return TrainingSet(num_items=NUM_ITEMS, user=np.arange(len(item)) % NUM_USERS, item=item, target=item)


def histories() -> tuple[Tensor, Tensor]:
    """user_B and right-padded history_BL of different lengths, one of them full."""
    history_BL = torch.tensor([[3, 1, 4, 2, 5, 9], [2, 7, 0, 0, 0, 0], [8, 0, 0, 0, 0, 0], [6, 5, 3, 10, 0, 0]])
    return torch.arange(4), history_BL


def training_scores(recommender: AttentiveRecommender, user_B: Tensor, history_BL: Tensor) -> Tensor:
    """score_BLN at every position, padded ones included."""
    rows, _ = recommender.encode(user_B, history_BL, torch.ones_like(history_BL))
    score = recommender.score(rows, recommender.item.catalogue())
    return score.reshape(*history_BL.shape, NUM_ITEMS)
