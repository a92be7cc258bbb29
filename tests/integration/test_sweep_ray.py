"""A sweep on a Ray cluster of two workers, and a run on two of Ray Train, where Ray is there (see docs/cluster.md)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recexp.cli import main
from recexp.runs.leaderboard import find_records
from tests.integration.overrides import small

pytest.importorskip("hydra_plugins.hydra_ray_launcher")
SCRIPT = Path(__file__).parents[2] / "scripts" / "ray_train.py"


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    import ray
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    nodes.add_node(num_cpus=1)
    yield nodes.address
    ray.shutdown()
    nodes.shutdown()


@pytest.mark.slow
def test_two_workers_leave_the_records_of_one_process(place, cluster, capsys):
    overrides = [*small(place), "attention=mean,user", "seed=1,-1"]
    init = "hydra.launcher.ray.init"
    ray = ["hydra/launcher=ray", f"{init}.address={cluster}", f"+{init}.object_store_memory=null"]
    assert main(["train", "-m", *overrides, *ray]) == 1
    there = capsys.readouterr()
    assert "job 1: attention=mean seed=1  test/ndcg@10" in there.out
    assert "2 of 4 jobs failed" in there.err
    assert main(["train", "-m", *overrides, f"paths.runs={place}/again"]) == 1
    columns = ["label", "seed", "test/ndcg@10", "val/mrr"]
    here, others = (find_records(place / name)[columns] for name in ("again", "runs"))
    assert here.equals(others)


@pytest.mark.slow
def test_two_workers_of_ray_train_are_two_ranks(place):
    overrides = [*small(place), "attention=mean", "dropout=0", "trainer=ddp", "trainer.devices=2"]
    command = [sys.executable, str(SCRIPT), "--workers", "2", *overrides]
    subprocess.run(command, check=True, env=os.environ | {"RAY_AUTH_MODE": "disabled"})
    assert main(["train", *overrides, f"paths.runs={place}/again"]) == 0
    here, there = (find_records(place / name)[["hash", "test/ndcg@10", "val/mrr"]] for name in ("again", "runs"))
    assert len(there) == 1
    assert here.equals(there)
