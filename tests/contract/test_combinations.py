"""Every attention with every scorer and every loss learns: choices are free to combine."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from omegaconf import DictConfig, open_dict

from recexp.batching.datamodule import RecommenderData
from recexp.data.prepare import prepare
from recexp.experiment import build_data, build_module
from tests.models import choices, compose_config
from tests.unit.dataset.tables import table

USERS, ITEMS, TAKEN = 6, 12, 7


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> RecommenderData:
    """Users of different history lengths, all in one batch."""
    folder = tmp_path_factory.mktemp("combinations")
    rows = [
        f"{user},{(user * 5 + step * step) % ITEMS},{step}" for user in range(USERS) for step in range(TAKEN - user % 3)
    ]
    prepared = prepare(table(folder, "\n".join(["user,item,time", *rows])), cache=folder)
    return build_data(compose_config("ks=[1]", "metric=[hr]", f"paths.cache={folder}"), prepared)[0]


def combine(attention: str, scorer: str, loss: str) -> DictConfig:
    """The config of the three choices, put together from configs of one choice each: faster than to compose it."""
    cfg = deepcopy(compose_config())
    with open_dict(cfg):
        for group, choice in (("attention", attention), ("scorer", scorer), ("loss", loss)):
            cfg[group] = deepcopy(compose_config(f"{group}={choice}")[group])
    return cfg


def test_combined_is_as_composed():
    composed = compose_config("attention=item", "scorer=mlp", "loss=bpr")
    assert combine("item", "mlp", "bpr") == composed
    assert combine("item", "mlp", "bce") != composed


@pytest.mark.parametrize("loss", choices("loss"))
@pytest.mark.parametrize("scorer", choices("scorer"))
@pytest.mark.parametrize("attention", choices("attention"))
def test_a_batch_gives_a_finite_loss_and_every_part_a_gradient(attention, scorer, loss, data):
    module = build_module(combine(attention, scorer, loss), data, run_hash="").train()
    batch = data.windows[np.arange(len(data.windows))]
    value = module.loss(module.recommender, *module.recommender.encode(*batch))
    value.backward()
    assert torch.isfinite(value)
    assert value > 0
    gradients = {name: p.grad for name, p in module.recommender.named_parameters() if p.grad is not None}
    assert all(torch.isfinite(gradient).all() for gradient in gradients.values())
    parts = {name.split(".")[0] for name, _ in module.recommender.named_parameters()}
    assert {name.split(".")[0] for name, gradient in gradients.items() if gradient.any()} == parts
