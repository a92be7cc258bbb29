"""T21: no override is ignored in silence; every refusal names the key, and the nearest that exists."""

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import OmegaConf
from omegaconf.errors import ConfigAttributeError
from yaml import YAMLError

import recexp
from recexp.config.compose import choices, compose, compose_only, conf_dir
from recexp.config.explanations import explain
from recexp.errors import ConfigError

REFUSED = {
    # a typo, with and without the plus that makes Hydra accept anything
    "embeding_dim=3": "unknown key 'embeding_dim'. Did you mean 'embedding_dim'?",
    "+embeding_dim=3": "unknown key 'embeding_dim'. Did you mean 'embedding_dim'?",
    "++embeding_dim=3": "unknown key 'embeding_dim'. Did you mean 'embedding_dim'?",
    "optimizer.lrr=1": "unknown key 'optimizer.lrr'. Did you mean 'optimizer.lr'?",
    "attentoin=item": "unknown key 'attentoin'. Did you mean 'attention'?",
    "+paths.rusn=x": "unknown key 'paths.rusn'. Did you mean 'paths.runs'?",
    "+trainer.max_epoch=3": "trainer.max_epoch: pytorch_lightning.Trainer takes no argument 'max_epoch'. Did you mean",
    "+optimizer.weight_decya=1": "optimizer.weight_decya: torch.optim.Adam takes no argument 'weight_decya'",
    "+callbacks.x=1": "unknown key 'callbacks.x'",
    # the right name in the wrong place
    "lr=1": "unknown key 'lr'. Did you mean 'optimizer.lr'?",
    "recommender.attention.num_heads=2": "Did you mean 'attention.num_heads'?",
    "attention.similarity=dot": "attention.similarity is a config group; write attention/similarity=dot",
    # nothing near: what there is
    "optimizer.foo=1": "unknown key 'optimizer.foo'. Known: optimizer.betas, optimizer.fused, optimizer.lr",
    "scorer.foo=1": "unknown key 'scorer.foo': what scorer is set to has no keys of its own",
    # inside a mapping
    "optimizer={lrr: 1}": "unknown key 'optimizer.lrr'. Did you mean 'optimizer.lr'?",
    "expected={test/hr@10: [0, 1]}": "To add it all the same: +expected={...}",
    # choices
    "attention=itemm": "unknown choice attention=itemm. Did you mean 'item'? Choices of attention: "
    f"{', '.join(choices('attention'))}.",
    "attention/similarity=foo": "unknown choice attention/similarity=foo. Choices of attention/similarity: ",
    "loss/negatives=popular": "loss/negatives is not a part of this config",
    "experiment=nothing": "unknown choice experiment=nothing",
    "dataset=null": "dataset: got null, expected one of: amazon-2014-beauty",
    "attention=null": f"attention: got null, expected one of: {', '.join(choices('attention'))}",
    "attention/similarity=null": "attention/similarity: got null",
    "experiment=null": f"experiment: got null, expected one of: {choices('experiment')[0]}",
    "paths=null": "paths: got null, expected one of: default",
    "~dataset": "dataset: got nothing, expected one of: amazon-2014-beauty",
    "metric=[]": "metric: got nothing, expected one of: hr, mrr, ndcg",
    # values
    "paths.runs=null": "paths.runs: got None, expected a folder: paths.runs=FOLDER",
    "paths.data=''": "paths.data: got '', expected a folder",
    "paths.cache=5": "paths.cache: got 5, expected a folder",
    "optimizer.lr=???": "optimizer.lr has no value and needs one",
    "dataset=csv": "dataset.path has no value and needs one: dataset.path=...",
    "trainer.max_epochs=${nothing}": "trainer.max_epochs: Interpolation key 'nothing' not found",
    "ks.7=1": "ks.7=1",
    "seed=[1": "cannot read 'seed=[1', expected key=value",
    "dataset.separator=;": "quotes where the value is special: \"dataset.separator=';'\"",
    "seed": "cannot read 'seed', expected key=value",
}


@pytest.mark.parametrize(("override", "message"), REFUSED.items())
def test_refused(override, message):
    with pytest.raises(ConfigError) as caught:
        compose(override)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "override",
    ["+trainer.fast_dev_run=true", "+optimizer.eps=1e-6", "++seed=3", "+callbacks.timer={_target_:a.b.Timer}", "~tags"],
)
def test_accepted_additions(override):
    compose(override)


def test_two_mistakes_name_the_first():
    with pytest.raises(ConfigError, match=r"'optimizer\.lrr'"):
        compose("optimizer.lrr=1", "attention.num_headz=2")


def test_suggestions_know_the_chosen_groups():
    """num_heads is a key of attention=transformer only."""
    with pytest.raises(ConfigError) as caught:
        compose("attention=mean", "attention.num_heads=2")
    assert "transformer" not in str(caught.value)
    assert "Did you mean 'attention.num_heads'" not in str(caught.value)


def test_commands_know_no_more_than_their_keys():
    assert compose_only(["dataset", "paths"], ["dataset.k_core=5", "paths.runs=x"]).dataset.k_core == 5
    with pytest.raises(ConfigError, match=r"unknown key 'seed'\. Known: dataset, paths"):
        compose_only(["dataset", "paths"], ["seed=3"])


def test_compose_inside_a_program_of_hydra(tmp_path):
    """A notebook or a sweep has the one instance that Hydra allows."""
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        before = GlobalHydra.instance().hydra
        assert compose("seed=3").seed == 3
        assert GlobalHydra.instance().hydra is before


def test_compose_from_python():
    assert recexp.compose("attention=item", "seed=7").seed == 7
    with pytest.raises(AttributeError, match="nothing"):
        recexp.nothing  # noqa: B018


def test_choices_of_a_group():
    assert {"item", "user", "transformer"} <= set(choices("attention"))


def test_bad_value_in_a_constructor_names_the_key():
    cfg = OmegaConf.create({"optimizer": {"_target_": "fractions.Fraction", "numerator": 1, "denominator": "x"}})
    with pytest.raises(InstantiationException) as caught:
        instantiate(cfg.optimizer)
    message = explain(caught.value, list)
    assert message is not None
    assert message.startswith("optimizer: ")


def test_what_is_not_the_users_making_is_not_explained():
    assert explain(KeyError("inside"), list) is None


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: 200000000000 bytes"
        ),
        MemoryError("Unable to allocate 3.1 TiB for an array"),
    ],
)
def test_too_little_memory_says_what_needs_less(error):
    message = explain(error, list)
    assert message is not None
    assert message.startswith("out of memory: ")
    assert "a smaller embedding_dim, max_history_len" in message


def test_a_name_that_no_file_can_have_is_named(tmp_path):
    with pytest.raises(OSError, match="too long") as caught:
        (tmp_path / ("a" * 300)).stat()
    message = explain(caught.value, list)
    assert message is not None
    assert message.startswith("a name of more than 255 bytes, which no file has: /")


def test_a_key_that_was_taken_out_is_named():
    cfg = compose("~seed")
    with pytest.raises(ConfigAttributeError) as caught:
        cfg.seed  # noqa: B018
    assert explain(caught.value, list) == "seed: is not in the config, which needs it; leave ~seed out"


def test_an_error_raised_from_itself_is_explained():
    """A circle of causes once made the command line wait for ever."""
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert explain(first, list) is None


def test_a_broken_yaml_is_named(tmp_path):
    (tmp_path / "broken.yaml").write_text("a: [1,")
    with pytest.raises(YAMLError) as caught:
        OmegaConf.load(tmp_path / "broken.yaml")
    message = explain(caught.value, list)
    assert message.startswith("cannot read a yaml file: while parsing")
    assert "broken.yaml" in message
