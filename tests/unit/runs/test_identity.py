"""The same experiment is the same hash, on every machine; whatever changes the result changes it."""

import os
import subprocess
import sys
from functools import cache

import pytest
from omegaconf import OmegaConf, open_dict

from recexp.config.compose import compose
from recexp.runs.identity import node_name, result_config, run_hash, run_label
from tests.composed import composed

SHA = "0" * 64


@cache
def default_hash() -> str:
    return run_hash(composed(), SHA)


def test_bands_are_of_the_reader_not_of_the_run():
    cfg = composed()
    with open_dict(cfg):
        cfg.expected = {"test/mrr": [0, 1]}
    assert run_hash(cfg, SHA) == default_hash()


@pytest.mark.parametrize(
    "override",
    [
        "paths.runs=/elsewhere", "paths.data=/elsewhere", "logger=csv", "tags=[a,b]", "force=true", "debug=true",
        "eval_batch_size=7", "dataset.licence=other", "ks=[5,5,10,20]", "ks=[20,5,10]",
    ],
)  # fmt: skip
def test_what_does_not_change_the_result_does_not_change_the_hash(override):
    assert run_hash(composed(override), SHA) == default_hash()


@pytest.mark.parametrize(
    "override",
    [
        "seed=1", "attention=item", "attention.num_heads=4", "scorer=cosine", "loss=bpr", "optimizer.lr=0.01",
        "protocol=sampled", "windows=last", "trainer.max_epochs=3", "dataset.k_core=5", "dropout=0.1",
        "callbacks.early_stopping.patience=2", "+optimizer.eps=1e-6",
    ],
)  # fmt: skip
def test_what_changes_the_result_changes_the_hash(override):
    assert run_hash(composed(override), SHA) != default_hash()


def test_the_usual_monitor_is_the_same_run_whether_named_or_not():
    assert run_hash(composed("callbacks.early_stopping.monitor=val/ndcg@10"), SHA) == default_hash()
    other = composed("ks=[5]", "callbacks.early_stopping.monitor=val/ndcg@5")
    assert run_hash(composed("ks=[5]"), SHA) == run_hash(other, SHA)
    orders = [composed(f"metric=[{names}]", "ks=[5]") for names in ("hr,mrr", "mrr,hr")]
    assert len({run_hash(cfg, SHA) for cfg in orders}) == 1


def test_the_data_is_part_of_the_hash():
    assert run_hash(composed(), "1" * 64) != default_hash()


def test_unused_attention_is_not_part_of_a_run():
    popularity = composed("recommender=popularity", "attention=item")
    assert run_hash(popularity, SHA) == run_hash(composed("recommender=popularity", "attention=user"), SHA)


@pytest.mark.parametrize(
    "override",
    [
        "embedding_dim=8", "dropout=0.5", "batch_size=7", "windows=last", "scorer=mlp", "loss=bpr", "optimizer=adamw",
        "optimizer.lr=1", "scheduler=cosine", "callbacks.early_stopping.patience=2", "trainer.max_epochs=3",
        "trainer.gradient_clip_val=1", "+trainer.min_epochs=9",
    ],
)  # fmt: skip
def test_what_only_training_reads_is_not_part_of_a_run_without_training(override):
    assert run_hash(composed("recommender=popularity", override), SHA) == popularity_hash()


@pytest.mark.parametrize("override", ["seed=1", "ks=[5]", "protocol=sampled", "dataset.k_core=5"])
def test_what_changes_a_run_without_training_changes_its_hash(override):
    assert run_hash(composed("recommender=popularity", override), SHA) != popularity_hash()


@cache
def popularity_hash() -> str:
    return run_hash(composed("recommender=popularity"), SHA)


def test_attention_stands_resolved_in_the_recommender():
    config = result_config(compose("attention=transformer", "embedding_dim=32"))
    assert config["recommender"]["attention"]["embedding_dim"] == 32
    assert "attention" not in config


def test_hash_is_the_same_in_every_process():
    """T20: Python's hash() of text differs between processes."""
    imports = "from recexp.config.compose import compose as c; from recexp.runs.identity import run_hash as h"
    code = f"{imports}; print(h(c(), 'a'))"
    command = [sys.executable, "-c", code]
    other = subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": "1"}, capture_output=True, check=True)
    assert other.stdout.decode().strip() == run_hash(composed(), "a")


def test_labels():
    assert run_label(composed("attention=item", "scorer=cosine", "loss=bpr")) == "item-cosine-bpr"
    assert run_label(composed("recommender=popularity")) == "popularity"
    assert run_label(composed("objective=cloze")) == "transformer-cloze-dot-cross_entropy"
    assert run_label(composed("recommender=gru4rec")) == "gru-dot-cross_entropy"
    assert run_label(composed("recommender=bpr_mf")) == "bpr_mf-bpr"  # its loss may be another one
    assert node_name(OmegaConf.create({"_target_": "my_pkg.my_attention.MyAttention"})) == "my_attention"
