"""What `recexp search` is given, and what it refuses before anything is on disk."""

import pytest

from recexp.errors import ConfigError
from recexp.search.settings import read_settings


def test_what_is_not_given_has_its_default():
    settings = read_settings(["search_space=user"])
    assert settings.search_space == "user"
    assert settings.trials == 50
    assert settings.monitor == "val/ndcg@10"
    assert len(settings.space) >= 3


def test_own_options_and_those_of_train_are_told_apart():
    settings = read_settings(
        ["search_space=user", "dataset=ml-100k", "trials=7", "search_space/sampler=random", "storage=sqlite:///a"]
    )
    assert settings.overrides == ("attention=user", "dataset=ml-100k")
    assert settings.cfg.dataset.name == "ml-100k"
    assert (settings.trials, settings.storage) == (7, "sqlite:///a")
    assert settings.node["sampler"]["_target_"] == "optuna.samplers.RandomSampler"
    assert settings.command == "recexp search search_space=user dataset=ml-100k trials=7 search_space/sampler=random"


def test_a_fixed_key_is_not_searched():
    assert "dropout" in read_settings(["search_space=user"]).space
    settings = read_settings(["search_space=user", "dropout=0.1", "attention/similarity=cosine"])
    assert not {"dropout", "attention/similarity"} & settings.space.keys()
    assert settings.cfg.dropout == 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "You must specify 'search_space'"),
        (["search_space=usr"], "unknown choice search_space=usr. Did you mean 'user'?"),
        (["search_space=user", "search_space/sampler=tpa"], "unknown choice search_space/sampler=tpa"),
        (
            ["search_space=user", "search_space.sampler.seed=-1"],
            "search_space.sampler.seed: got -1, expected a whole number from 0",
        ),
        (["search_space=user", "trials=0"], "trials: got 0, expected a whole number from 1"),
        (["search_space=user", "trials=many"], "trials: got 'many', expected a whole number from 1"),
        (["search_space=user", "trails=5"], "unknown key 'trails'. Did you mean 'trials'?"),
        (["search_space=user", "embeding_dim=5"], "unknown key 'embeding_dim'. Did you mean 'embedding_dim'?"),
        (["search_space=user", "attention=item"], "search_space=user, space: "),
        (["search_space=user", "seed=1,2"], "seed=1,2: got several values, expected one"),
        (["search_space=user", "-m"], "-m"),
        (["search_space=user", "force=true"], "force=true: a study is always continued"),
        (
            ["search_space=user", "output=best.yml"],
            "output: got 'best.yml', expected the name of a file that ends in .yaml",
        ),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ConfigError) as caught:
        read_settings(arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "space: {optimizer.lrr: [1, 2]}",
            "search_space=mine, space: unknown key 'optimizer.lrr'. Did you mean 'optimizer.lr'?",
        ),
        ("space: [1]", "conf/search_space/mine.yaml: expected a dict named space"),
        ("overrides: attention=user", "conf/search_space/mine.yaml: expected a list named overrides"),
    ],
)
def test_a_bad_sweep_is_named(text, message, sweeps):
    sweeps("mine", text)
    with pytest.raises(ConfigError) as caught:
        read_settings(["search_space=mine"])
    assert message in str(caught.value)


def test_a_folder_of_ones_own(tmp_path):
    (tmp_path / "search_space").mkdir()
    space = "space: {dropout: [0.1, 0.2]}\noverrides: [attention=user]\ndefaults: [{sampler: random}, {pruner: none}]"
    (tmp_path / "search_space" / "theirs.yaml").write_text(space)
    for flag in (["--config-dir", str(tmp_path)], [f"--config-dir={tmp_path}"]):
        settings = read_settings([*flag, "search_space=theirs", "dataset=ml-100k"])
        assert list(settings.space) == ["dropout"]
        assert settings.cfg.dataset.name == "ml-100k"
