"""A pinned experiment is the configuration it was made of."""

import pytest
from omegaconf import OmegaConf

from recexp.config.compose import compose
from recexp.runs.identity import result_config
from recexp.search.pin import compose_pinned, pinned


@pytest.mark.parametrize(
    "overrides",
    [
        ["attention/similarity=cosine", "attention.similarity.temperature=0.3", "optimizer.lr=0.003", "name=x"],
        ["experiment=ml-100k-user", "loss=bpr", "loss/negatives=popular", "loss.num_negatives=4"],
        ["dataset=csv", "dataset.path=a folder/clicks.csv", "metric=[hr,ndcg]", "windows.stride=3", "logger=none"],
        ["+optimizer.amsgrad=true"],
    ],
)
def test_it_composes_to_the_same_run(overrides, tmp_path):
    file = tmp_path / "a folder" / "experiment" / "best.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(pinned(overrides, ["recexp train experiment=best"]))
    assert result_config(compose_pinned(file)) == result_config(compose(*overrides))


def test_it_says_no_more_than_what_differs():
    text = pinned(["attention=user", "attention/similarity=cosine", "dropout=0.1", "logger=none", "seed=42"], ["A b."])
    assert text.startswith("# @package _global_\n# A b.\n")
    assert OmegaConf.to_container(OmegaConf.create(text)) == {
        "defaults": [{"override /attention": "user"}, {"override /attention/similarity": "cosine"}],
        "dropout": 0.1,
    }


def test_its_comment_is_wrapped():
    assert max(map(len, pinned(["dropout=0.1"], ["word " * 100]).splitlines())) < 120
