"""The shipped W&B Sweep, without a network: what its agent would type is an experiment."""

import pytest
import yaml
from omegaconf import OmegaConf

from recexp.config.compose import compose
from tests.conftest import ROOT

FILE = ROOT / "scripts" / "wandb_sweep.yaml"
utils = pytest.importorskip("wandb.sdk.launch.sweeps.utils")


def first(parameter):
    return {"value": parameter.get("value", parameter.get("values", [parameter.get("min")])[0])}


def test_what_the_agent_types_is_an_experiment():
    sweep = yaml.safe_load(FILE.read_text())
    args = {key: first(parameter) for key, parameter in sweep["parameters"].items()}
    typed = utils.create_sweep_command_args({"args": args})
    command = [part for word in sweep["command"] for part in _filled(word, typed)]
    assert command[-len(args) - 4 : -len(args)] == ["python", "-m", "recexp", "train"]
    cfg = compose(*command[command.index("train") + 1 :])
    for key, given in args.items():
        if not OmegaConf.is_config(OmegaConf.select(cfg, key)):
            assert OmegaConf.select(cfg, key) == given["value"]
    measured = [f"val/ndcg@{k}" for k in cfg.ks]
    assert sweep["metric"]["name"] in measured


def _filled(word, typed):
    if word == "${args_no_hyphens}":
        return typed["args_no_hyphens"]
    return [] if word == "${env}" else [word]
