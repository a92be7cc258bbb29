"""Every pinned experiment runs; with `-m slow` those with an `expected` band are replayed on their own data.

    RECEXP_DATA=../shared/data python -m pytest -m slow tests/integration/test_experiments.py

A band stands in the experiment's yaml: `expected: {test/ndcg@10: [0.107, 0.130]}`.
"""

import pytest
from omegaconf import OmegaConf

from recexp.config.compose import choices, compose, conf_dir
from recexp.experiment import run

EXPERIMENTS = choices("experiment")
EMBEDDED = ["dataset=ml-latest-small", "dataset.k_core=20"]  # has ids, times, ratings and features, and is here


def expected(experiment):
    """metric -> [least, most]; empty where the experiment states none."""
    return OmegaConf.load(conf_dir() / "experiment" / f"{experiment}.yaml").get("expected", {})


def places(folder):
    return [f"paths.runs={folder}/runs", "logger=none"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """The embedded data is prepared once."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_two_batches_of_every_experiment(experiment, cache, tmp_path):
    """On the embedded data and at small sizes, whatever the experiment's own."""
    small = ["trainer.max_epochs=1", "trainer.accelerator=cpu", "batch_size=8", "trainer.limit_train_batches=2"]
    small += ["max_history_len=5", "embedding_dim=16"]
    cfg = compose(f"experiment={experiment}", *EMBEDDED, *small, f"paths.cache={cache}", *places(tmp_path))
    record = run(cfg)
    assert record.metrics.get("train/epochs", 1) == 1
    ranking = {key: value for key, value in record.metrics.items() if key.startswith(("val/", "test/"))}
    assert cfg.callbacks.early_stopping.monitor in ranking
    assert all(0 <= value <= 1 for value in ranking.values())


@pytest.mark.slow
@pytest.mark.parametrize("experiment", [name for name in EXPERIMENTS if expected(name)])
def test_a_pinned_experiment_is_reproduced(experiment, shared_data, tmp_path):
    """Minutes to hours each; the seed is the default one."""
    record = run(compose(f"experiment={experiment}", f"paths.data={shared_data}", *places(tmp_path)))
    for metric, (least, most) in expected(experiment).items():
        assert least <= record.metrics[metric] <= most, f"{metric} of experiment={experiment}"
