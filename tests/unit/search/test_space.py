"""Spaces: from yaml to distributions, from values to overrides."""

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from recexp.config.compose import parse
from recexp.errors import ConfigError
from recexp.search.space import as_override, first_values, read_space, rounded


def test_lists_are_choices_and_ranges_are_whole_or_not():
    space = read_space(
        "x",
        {
            "scorer": ["dot", "cosine"],
            "attention.num_blocks": {"low": 1, "high": 3},
            "loss.num_negatives": {"low": 32, "high": 1024, "log": True},
            "dropout": {"low": 0.0, "high": 0.5, "step": 0.1},
            "optimizer.lr": {"low": 1e-4, "high": 1e-2, "log": True},
            "optimizer.weight_decay": {"low": 0, "high": 0.1},
        },
    )
    assert list(space.values()) == [
        CategoricalDistribution(["dot", "cosine"]),
        IntDistribution(1, 3),
        IntDistribution(32, 1024, log=True),
        FloatDistribution(0.0, 0.5, step=0.1),
        FloatDistribution(1e-4, 1e-2, log=True),
        FloatDistribution(0, 0.1),
    ]
    assert first_values(space)["scorer"] == "dot"
    assert first_values(space)["optimizer.lr"] == 1e-4


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "nothing is left to search"),
        ({"dropout": 0.1}, "space, dropout: got 0.1, expected a list of choices or {low: ..., high: ...}"),
        ({"dropout": []}, "got [], expected choices that differ"),
        ({"dropout": [0.1, 0.1]}, "expected choices that differ"),
        (
            {"optimizer.betas": [[0.9, 0.99]]},
            "got the choice [0.9, 0.99], expected a number, a word, true, false or null",
        ),
        ({"dropout": {"low": 0.0}}, "expected both low and high"),
        ({"dropout": {"low": 0.0, "hihg": 0.5}}, "unknown key 'hihg'. Did you mean 'high'?"),
        ({"dropout": {"low": "a", "high": 0.5}}, "dropout, low: got 'a', expected a number"),
        ({"dropout": {"low": 0.5, "high": 0.0}}, "space, dropout: "),
        ({"optimizer.lr": {"low": 0.0, "high": 1.0, "log": True}}, "space, optimizer.lr: "),
        ({"seed": [1, 2]}, "space, seed: cannot be searched"),
        ({"protocol": ["full", "sampled"]}, "cannot be searched, because trials are compared on the same data"),
        ({"callbacks.early_stopping.monitor": ["val/mrr", "val/hr@10"]}, "cannot be searched"),
        ({"dataset/filter": ["a", "b"]}, "cannot be searched"),
    ],
)
def test_what_is_no_space_is_named(space, message):
    with pytest.raises(ConfigError) as caught:
        read_space("mine", space)
    assert message in str(caught.value)
    assert "search_space=mine" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("dropout", 0.1 + 0.2, "dropout=0.3"),
        ("optimizer.lr", 0.0012345678, "optimizer.lr=0.001235"),
        ("optimizer.lr", 1e-5, "optimizer.lr=1e-05"),
        ("embedding_dim", 64, "embedding_dim=64"),
        ("attention.last_item", False, "attention.last_item=false"),
        ("windows.stride", None, "windows.stride=null"),
        ("attention/similarity", "cosine", 'attention/similarity="cosine"'),
    ],
)
def test_overrides_are_in_the_grammar_of_train(key, value, text):
    assert as_override(key, value) == text
    (override,) = parse([text])
    assert (override.key_or_group, override.value()) == (key, rounded(value))
