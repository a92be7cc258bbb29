"""One run on the workers of Ray Train, for a cluster that Ray has already.

    RAY_AUTH_MODE=disabled python scripts/ray_train.py --workers 2 trainer=ddp trainer.devices=2 dataset=ml-100k

Each worker is a rank, as torchrun would start it; words after the options are overrides of `recexp train`, among them
trainer.devices (workers a machine) and trainer.num_nodes. Needs Ray beside recexp (`pip install 'recexp[ray]'`), and
folders that all machines share (docs/cluster.md). `--address` is that of a cluster; without it Ray starts one here.
"""

import argparse
import os
import sys

import ray
from ray.train import ScalingConfig
from ray.train.torch import TorchTrainer


def rank(config: dict) -> None:
    """What each worker does. Ray has set RANK, LOCAL_RANK and WORLD_SIZE before anything of Lightning is imported."""
    os.chdir(config["folder"])
    os.environ.setdefault("TORCHELASTIC_RUN_ID", "ray")  # by which Lightning knows that its ranks are there already
    from recexp.cli import main

    if code := main(["train", *config["overrides"]]):
        raise RuntimeError(f"recexp train ended with exit code {code}; its message is above")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--gpu", action="store_true", help="a GPU for each worker")
    parser.add_argument("--address", help="of a running cluster")
    parser.add_argument("overrides", nargs="*")
    options = parser.parse_intermixed_args()
    ray.init(address=options.address, runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}})
    TorchTrainer(
        rank,
        train_loop_config={"overrides": options.overrides, "folder": os.getcwd()},
        scaling_config=ScalingConfig(num_workers=options.workers, use_gpu=options.gpu),
    ).fit()


if __name__ == "__main__":
    main()
