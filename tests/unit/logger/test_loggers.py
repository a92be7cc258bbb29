"""Loggers mirror a run; none may prompt, need a network or stop a training."""

import json

import pandas as pd
import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate

from recexp.config.compose import choices, conf_dir
from recexp.errors import ConfigError
from recexp.logger.wandb import WandB, logged_in, pinned_experiment
from recexp.runs.folder import RunFolder
from recexp.runs.leaderboard import Block
from tests.records import SHA, config


@pytest.fixture(autouse=True)
def no_account(tmp_path, monkeypatch):
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(WandB, "unreachable", False)


def started(tmp_path, *overrides):
    cfg = config(tmp_path, *overrides)
    folder = RunFolder.of(cfg, SHA)
    folder.start(cfg)
    return cfg, folder, instantiate(cfg.logger)


@pytest.mark.parametrize("name", choices("logger"))
def test_every_logger_starts_logs_and_finishes(name, tmp_path, monkeypatch):
    if name in ("tensorboard", "mlflow"):
        pytest.importorskip(name)
    cfg, folder, logger = started(tmp_path, f"logger={name}")
    lightning = logger.start(cfg, folder)
    if lightning is not None:
        lightning.log_metrics({"val/ndcg@10": 0.1}, step=1)
    logger.finish({"test/ndcg@10": 0.2})


@pytest.mark.parametrize("name", choices("logger"))
def test_finish_without_start(name, tmp_path):
    started(tmp_path, f"logger={name}")[2].finish({})


def test_one_offline_run_a_job(tmp_path):
    """T22: a sweep must not land in one W&B run. The id is the hash, so a resumed job goes on in its own."""
    for seed in (1, 2):
        cfg, folder, logger = started(tmp_path, "logger=wandb", f"seed={seed}", "tags=[try]")
        lightning = logger.start(cfg, folder)
        run = lightning.experiment
        assert run.id == folder.hash
        assert run.name == f"transformer-dot-cross_entropy seed{seed}"
        assert run.group == "transformer-dot-cross_entropy"
        assert run.tags == ("try",)
        assert run.config["optimizer"]["lr"] == cfg.optimizer.lr
        assert run.offline
        logger.finish({"test/ndcg@10": 0.2})
        assert [path.name.split("-")[-1] for path in folder.path.glob("wandb/offline-run-*")] == [folder.hash]


def test_the_best_weights_are_an_artifact_on_demand(tmp_path):
    _, folder, logger = started(tmp_path, "logger=wandb", "logger.log_checkpoint=true", "name=mine", "group=ours")
    run = logger.start(config(tmp_path), folder).experiment
    assert (run.name, run.group) == ("mine", "ours")
    folder.checkpoints.mkdir()
    folder.best.write_bytes(b"weights")
    kept = []
    run.log_artifact = lambda artifact, aliases: kept.append((artifact.name, list(artifact.manifest.entries)))
    logger.finish({"test/ndcg@10": 0.2})
    assert kept == [(f"transformer-dot-cross_entropy-seed42-{folder.hash}", ["best.ckpt"])]


def test_an_agent_of_a_wandb_sweep_chooses_the_id(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_SWEEP_ID", "s1")
    monkeypatch.setenv("WANDB_RUN_ID", "theirs")
    cfg, folder, logger = started(tmp_path, "logger=wandb")
    assert logger.start(cfg, folder).experiment.id == "theirs"
    logger.finish({})


def test_the_leaderboard_of_a_sweep_is_a_table(tmp_path):
    table = pd.DataFrame({"dataset": ["csv"], "label": ["mean"], "seeds": [1], "test/mrr": [0.5], "test/mrr sd": [0.1]})
    logger = started(tmp_path, "logger=wandb")[2]
    logger.leaderboard([Block("ml-100k", {"fingerprint": "0123456789"}, table)], tmp_path, "attention,seed-1a2b3c")
    (folder,) = tmp_path.glob("wandb/offline-run-*")
    assert folder.name.endswith("attention-seed-1a2b3c-table")
    (file,) = folder.glob("files/media/table/*.json")
    assert json.loads(file.read_text())["data"] == [["mean", "1", "0.5000 ± 0.1000"]]


def test_group_is_the_pinned_experiment(tmp_path):
    pinned = tmp_path / "conf" / "experiment"
    pinned.mkdir(parents=True)
    (pinned / "paper-row.yaml").write_text("# @package _global_\nseed: 5\n")
    assert pinned_experiment() is None
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        overrides = [f"hydra.searchpath=[file://{tmp_path}/conf]", "experiment=paper-row"]
        HydraConfig.instance().set_config(hydra_compose("train", overrides, return_hydra_config=True))
        assert pinned_experiment() == "paper-row"


def test_wandb_that_fails_is_a_warning_and_is_not_waited_for_again(tmp_path, monkeypatch, caplog):
    import wandb

    modes = []

    def unreachable(**settings):
        modes.append(settings["mode"])
        raise wandb.errors.CommError("no such host")

    monkeypatch.setattr(wandb, "init", unreachable)
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    for _ in range(2):
        cfg, folder, logger = started(tmp_path, "logger=wandb")
        assert logger.start(cfg, folder) is None
        logger.finish({"test/ndcg@10": 0.2})
    assert modes == [None, "offline"]
    assert "no such host" in caplog.text


def test_login_is_a_key_in_the_environment_or_in_netrc(tmp_path, monkeypatch):
    assert not logged_in()
    (tmp_path / "netrc").write_text("machine api.wandb.ai\n  login user\n  password key\n")
    assert logged_in()
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org")
    assert not logged_in()
    monkeypatch.setenv("WANDB_API_KEY", "key")
    assert logged_in()


def test_missing_tensorboard_says_what_to_install(tmp_path, monkeypatch):
    def absent(*args, **kwargs):
        raise ModuleNotFoundError("tensorboard")

    monkeypatch.setattr("recexp.logger.tensorboard.TensorBoardLogger", absent)
    cfg, folder, logger = started(tmp_path, "logger=tensorboard")
    with pytest.raises(ConfigError, match=r"pip install 'recexp\[tensorboard\]'"):
        logger.start(cfg, folder)
