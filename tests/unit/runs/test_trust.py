"""T36: a run folder may come from anyone. What its config names is not imported, what was edited is not believed."""

import importlib
import json
import shutil
import sys
import time

import pytest
from omegaconf import OmegaConf

from recexp.errors import ConfigError, RunError
from recexp.runs.folder import RunFolder
from recexp.runs.trust import imports_for, read_config
from tests.contract.yamls import FILES, load
from tests.records import finish


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return finish(tmp_path_factory.mktemp("runs"), "attention=transformer")


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the folder, to be damaged, and the record."""
    folder, record = finished
    return RunFolder(shutil.copytree(folder.path, tmp_path / folder.path.name)), record


def add(folder, node):
    """One more key in config.yaml."""
    with folder.config.open("a") as stream:
        stream.write(f"own: {json.dumps(node)}\n")


def rewrite(folder, key, value):
    """Another value of a dotted key in config.yaml."""
    cfg = OmegaConf.load(folder.config)
    OmegaConf.update(cfg, key, value, merge=False)
    folder.config.write_text(OmegaConf.to_yaml(cfg))


def test_an_honest_config_comes_back(run):
    folder, record = run
    cfg = read_config(folder, record)
    assert cfg.recommender.attention.num_heads == 2
    assert cfg.dataset.name == "ml-latest-small"


@pytest.mark.parametrize(
    "target",
    [
        "os.system", "subprocess.run", "pandas.read_pickle", "shutil.copy", "eval", "torch.load", "torch.hub.load",
        "torch.nn.functional.relu", "torch.nn.utils.clip_grad_norm_", "torch.optim.optimizer.torch.load", "helper.Mine",
        "pytorch_lightning.cli.LightningCLI", "pytorch_lightning.seed_everything", "hydra.utils.get_method",
        "hydra.utils.get_class", "hydra.utils.instantiate", "datetime.datetime.now", "nothing", "", 7,
        # recexp's own code that runs other code, writes files, or leads to another package
        "recexp.experiment.run", "recexp.cli.main", "recexp.files.os.system", "recexp.runs.folder.shutil.rmtree",
        "recexp.dataset.download.fetch.fetch_file", "recexp.dataset.csv.pd.read_pickle", "recexp.dataset.csv.Path",
        "recexp.attention.base.Attention.register_module", "recexp.attention.absent.Attention",
    ],
)  # fmt: skip
def test_what_would_run_other_code_is_refused_and_named(target, run):
    folder, record = run
    add(folder, {"_target_": target, "_partial_": True})
    with pytest.raises(RunError) as caught:
        read_config(folder, record)
    assert f"_target_: got {target!r}" in str(caught.value)
    assert str(folder.config) in str(caught.value)
    assert "trust=" in str(caught.value)


@pytest.mark.parametrize(
    "node",
    [
        {"_target_": "a.B"},
        {"_target_": "torch.nn.GELU", "inner": {"_target_": "a.B"}},
        [1, [{"deep": {"_target_": "a.B"}}]],
        {"_target_": "torch.nn.GELU", "_recursive_": False, "_args_": [{"_target_": "a.B"}]},
        {"_target_": "hydra.utils.get_class", "path": "a.B"},
    ],
)
def test_at_any_depth(node, run):
    folder, record = run
    add(folder, node)
    with pytest.raises(RunError, match=r"own.*_target_: got 'a\.B'"):
        read_config(folder, record)


@pytest.mark.parametrize(
    "node",
    [
        {"_target_": "hydra.utils.get_class", "path": "subprocess.Popen"},
        {"_target_": "hydra.utils.get_class", "_args_": ["subprocess.Popen"]},
        {"_target_": "hydra.utils.get_class", "path": "torch.nn.GELU", "_args_": ["subprocess.Popen"]},
        {"_target_": "hydra.utils.get_class", "path": {"_target_": "os.getcwd"}},
    ],
)
def test_get_class_gives_no_other_class(node, run):
    folder, record = run
    add(folder, node)
    with pytest.raises(RunError, match=r"own\._target_: got"):
        read_config(folder, record)


def test_everything_that_conf_names_may_be_read(run):
    """Whatever the user chooses; a search's samplers and pruners are in no run."""
    folder, record = run
    targets = {target for file in FILES if "search_space" not in file.parts for target in named(load(file))}
    assert {"torch.optim.AdamW", "pytorch_lightning.strategies.FSDPStrategy", "datetime.timedelta"} <= targets
    add(folder, [{"_target_": target} for target in targets if target != "hydra.utils.get_class"])
    with pytest.raises(RunError, match=r"own is .* made with absent"):  # nothing else is wrong with it
        read_config(folder, record)


def named(node):
    """Every `_target_` in a yaml."""
    for key, value in OmegaConf.to_container(node).items():
        if isinstance(value, dict):
            yield from named(OmegaConf.create(value))
        elif key == "_target_":
            yield value


def test_a_trusted_module_may_be_named(tmp_path):
    folder, record = finish(tmp_path, "attention._target_=mine.attention.Mine")
    for trust in ([], ["mine.other"], ["min"], ["mine.attention.Mine2"]):
        with pytest.raises(RunError, match=r"trust=mine\.attention"):
            read_config(folder, record, trust=trust)
    for trust in (["mine"], ["other", "mine.attention"]):
        assert read_config(folder, record, trust=trust).attention._target_ == "mine.attention.Mine"


@pytest.mark.parametrize("module", ["", "*", "mine.", "/tmp", 7, None, "a b"])
def test_trust_is_the_name_of_a_module(module, run):
    with pytest.raises(ConfigError, match="trust: got"):
        read_config(*run, trust=[module])


# --- nothing is imported from inside the folder


def test_nothing_is_imported_from_inside_the_run_folder(run, monkeypatch):
    folder, _ = run
    (folder.path / "helper_of_a_stranger.py").write_text("raise SystemExit('ran')")
    (folder.path / "lib").mkdir()
    (folder.path / "lib" / "helper_of_a_stranger.py").write_text("raise SystemExit('ran')")
    monkeypatch.chdir(folder.path)
    monkeypatch.setattr(sys, "path", ["", *sys.path, str(folder.path), str(folder.path / "lib")])
    before = [*sys.path]
    for trust in ([], ["helper_of_a_stranger"]):
        with imports_for(folder.path, trust), pytest.raises(ModuleNotFoundError):
            importlib.import_module("helper_of_a_stranger")
    assert sys.path == before


def test_a_module_of_ones_own_is_found_where_one_stands_after_trust(run, tmp_path, monkeypatch):
    (tmp_path / "module_next_to_me.py").write_text("")
    monkeypatch.chdir(tmp_path)
    with imports_for(run[0].path, []), pytest.raises(ModuleNotFoundError):
        importlib.import_module("module_next_to_me")
    with imports_for(run[0].path, ["module_next_to_me"]):
        importlib.import_module("module_next_to_me")


# --- what a config.yaml is not

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "line 1 has an anchor or alias"),
        ("a: {<<: *b}", "anchor or alias"),
        ("a: " + "[" * 5000, "nested deeper"),
        ("a: " + "x" * 1_000_000, "larger than"),
        ("a: ${b}${b}\nb: ${c}${c}\nc: x", "a: got '${b}${b}', expected a value"),
        ("a: ${oc.env:HOME}", "expected a value"),
        ("a: ${paths.${oc.env:HOME}}", "expected a value"),
        ("a: [1", "not a run's config"),
        ("a: !!python/object/apply:os.system [ls]", "not a run's config"),
        ("a: !!set {b}", "not a run's config"),
        ("a: !!binary aGFsbG8=", "not a run's config"),
        ("- a", "not a run's config"),
        ("a", "not a run's config"),
        ("", "not a run's config"),
        ("recommender: 3", "not a run's config"),
        (b"\xff\xfe", "not text in UTF-8"),
    ],
    ids=str,
)  # fmt: skip
def test_another_file_is_refused_at_once(text, message, run):
    folder, record = run
    folder.config.write_bytes(text if isinstance(text, bytes) else text.encode())
    started = time.monotonic()
    with pytest.raises(RunError) as caught:
        read_config(folder, record)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 1500
    assert time.monotonic() - started < 2


def test_a_missing_config_is_named(run):
    folder, record = run
    folder.config.unlink()
    with pytest.raises(RunError, match=r"config\.yaml cannot be read"):
        read_config(folder, record)


# --- edited after the run


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("recommender.attention.num_heads", 4, "recommender.attention.num_heads is 4, and the run was made with 2"),
        ("seed", 1, "seed is 1, and the run was made with 42"),
        ("trainer.limit_val_batches", 1, "trainer.limit_val_batches is 1, and the run was made with 1.0"),
        ("protocol.filter_seen", False, "protocol.filter_seen is false, and the run was made with true"),
        ("dropout", None, "dropout is null, and the run was made with 0.2"),
        ("own", 1, "own is 1, and the run was made with absent"),
        ("dataset.k_core", 5, "dataset.k_core is 5, and the run was made with null"),
        ("recommender.loss", {"_target_": "recexp.loss.bpr.BPRLoss"}, 'loss._target_ is "recexp.loss.bpr.BPRLoss"'),
        ("ks", [5], "ks is [5], and the run was made with [5, 10, 20]"),
    ],
)
def test_an_edited_config_names_the_key_and_both_values(key, value, message, run):
    folder, record = run
    rewrite(folder, key, value)
    with pytest.raises(RunError) as caught:
        read_config(folder, record)
    assert message in str(caught.value)


def test_what_changes_no_result_may_be_edited(run):
    """What stands beside the recommender's own `attention` is for people: the recommender's alone is used."""
    folder, record = run
    for key, value in {
        "attention.num_heads": 4,
        "dataset.path": "/elsewhere",
        "eval_batch_size": 7,
        "tags": ["good"],
    }.items():
        rewrite(folder, key, value)
    assert read_config(folder, record).dataset.path == "/elsewhere"


@pytest.mark.parametrize("experiment", [file.stem for file in FILES if file.parent.name == "experiment"])
def test_every_pinned_experiment_comes_back_as_it_was(experiment, tmp_path):
    read_config(*finish(tmp_path, f"experiment={experiment}", "+optimizer.eps=1e-8", "optimizer.lr=1e-5"))


# --- what it says of this machine


def test_paths_are_those_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("RECEXP_DATA", "/theirs")
    folder, record = finish(tmp_path, "dataset=ml-100k", "paths.cache=/theirs/cache")
    assert OmegaConf.load(folder.config).dataset.path == "/theirs/ml-100k"
    monkeypatch.setenv("RECEXP_DATA", "/mine")
    cfg = read_config(folder, record)
    assert cfg.dataset.path == "/mine/ml-100k"
    assert cfg.paths.cache != "/theirs/cache"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "http://stranger.example/ml-100k.zip"), ("beside", {"http://stranger.example/x": None}),
        ("path", "/home/me/.config"), ("file", "../../.profile"), ("sha256", None), ("name", "ml-1m"),
    ],
)  # fmt: skip
def test_nothing_is_fetched_but_what_recexp_itself_fetches(key, value, tmp_path):
    folder, record = finish(tmp_path, "dataset=ml-100k", *([f"dataset.name={value}"] if key == "name" else []))
    assert read_config(*finish(tmp_path, "dataset=ml-100k")).dataset.url.startswith("https://files.grouplens.org")
    rewrite(folder, f"dataset.{key}", value)
    dataset = read_config(folder, record).dataset
    assert dataset.url is None
    assert dataset.get("beside") is None


def test_a_class_of_torch_that_a_config_needs_is_no_stranger(tmp_path):
    read_config(*finish(tmp_path, "attention=transformer", "attention.feed_forward.activation.path=torch.nn.ReLU"))
    read_config(*finish(tmp_path, "optimizer._target_=torch.optim.RMSprop", "~optimizer.fused", "~optimizer.betas"))


@pytest.mark.parametrize("trust", ["helper", None])  # a word is no list of its letters
def test_trust_is_a_list(trust, run):
    with pytest.raises(ConfigError, match=r"trust: got .*, expected a list of modules: trust=\[my_package"):
        read_config(*run, trust=trust)
