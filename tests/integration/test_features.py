"""Whole runs with features: what they add, what they change, what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hydra.utils import instantiate

from recexp.config.compose import choices
from recexp.data.prepare import prepare
from recexp.errors import ConfigError, DataError, RunError
from recexp.experiment import build_data, build_module, evaluate, run
from recexp.features.choice import read_features
from recexp.runs.folder import RunFolder
from tests.integration.films import GENRES, OLD, write_films
from tests.integration.planted import SHORT, config, results

KINDS = "+dataset.features={genres:categories,year:number,taste:category}"
FILMS = ("dataset._target_=tests.integration.films.Films", "dataset.time=time", KINDS)
# In-batch negatives: what nobody took is never a negative, which its id would learn against (docs/features.md).
LEARN = ("trainer.max_epochs=30", "optimizer.lr=0.02", "dropout=0.0", "loss=sampled_softmax", "loss/negatives=in_batch")


@pytest.fixture
def films(tmp_path):
    return write_films(tmp_path)


def films_config(films, *overrides):
    return config(films, films.parent, *FILMS, *overrides)


def share_in_order(cfg):
    """Of all pairs of new films, one of the user's genre and one of another: the share that is ranked right."""
    record = run(cfg)
    dataset = instantiate(cfg.dataset)
    prepared = prepare(dataset, cache=Path(cfg.paths.cache))
    features = read_features(cfg.features, dataset, prepared)
    data, _ = build_data(cfg, prepared, features)
    module = build_module(cfg, data, features, run_hash=record.hash).eval()
    module.load_checkpoint(RunFolder(Path(cfg.paths.runs) / record.run).best)
    batch = data.test[np.arange(len(data.test))]
    score_BN = module.recommender.score(batch.histories).detach().numpy()
    film_N = np.char.lstrip(prepared.interactions.item_ids[1:].astype(str), "f").astype(int)
    user_B = np.char.lstrip(prepared.interactions.user_ids[batch.histories.user_B.numpy()].astype(str), "u").astype(int)
    mine_BN = film_N % GENRES == user_B[:, None] % GENRES
    right = [
        (scores[new & mine][:, None] > scores[new & ~mine]).mean()
        for scores, mine, new in zip(score_BN, mine_BN, np.tile(film_N >= OLD, (len(score_BN), 1)), strict=True)
    ]
    return float(np.mean(right))


@pytest.mark.parametrize("attention", ["item", "transformer"])
def test_new_items_are_ranked_by_what_is_known_of_them(attention, films):
    """Nothing was learned from the one interaction of a new film; its genre alone can tell whom it is for."""
    assert share_in_order(films_config(films, *LEARN, f"attention={attention}", "features=[genres]")) > 0.9


@pytest.mark.parametrize("attention", ["transformer"])
def test_without_features_new_items_are_ranked_by_chance(attention, films):
    assert 0.35 < share_in_order(films_config(films, *LEARN, f"attention={attention}")) < 0.65


@pytest.mark.parametrize("fusion", sorted(set(choices("fusion")) - {"none"}))
def test_every_fusion_ranks_them(fusion, films):
    assert share_in_order(films_config(films, *LEARN, f"fusion={fusion}", "features=[genres]")) > 0.9


@pytest.mark.parametrize("loss", choices("loss"))
def test_every_loss_runs(loss, films):
    overrides = (f"loss={loss}", "attention=user", "features=[genres,year,taste,hour,weekday,gap]")
    record = run(films_config(films, *SHORT, *overrides))
    assert record.config["features"] == [
        "gap", "genres:categories", "hour", "taste:category", "weekday", "year:number"
    ]  # fmt: skip
    assert record.config["fusion"]["_target_"] == "recexp.fusion.sum.SumFusion"


def test_the_order_of_the_names_makes_no_other_run(films):
    first = run(films_config(films, *SHORT, "features=[genres,year,gap]"))
    again = run(films_config(films, *SHORT, "features=[gap,year,genres]"))
    assert again == first


def hashes(films, *sets_of_overrides):
    return {run(films_config(films, *SHORT, *overrides)).hash for overrides in sets_of_overrides}


def test_what_is_chosen_known_and_declared_makes_the_run(films):
    chosen = ("features=[genres,year]",)
    found = hashes(
        films, (), ("features=[genres]",), chosen, (*chosen, "fusion=gate"), (*chosen, "dataset.features.year=category")
    )
    assert len(found) == 5
    items = films.with_name("items.csv")
    items.write_text(items.read_text().replace("1980", "1979"))
    assert not hashes(films, chosen) & found
    assert hashes(films, ()) < found


def test_without_features_neither_fusion_nor_tables_matter(films):
    found = hashes(films, (), ("fusion=concat",), ("dataset.features.year=binned_number",))
    films.with_name("items.csv").unlink()
    assert hashes(films, ()) == found
    assert len(found) == 1


def test_a_recommender_that_does_not_learn_is_the_same_with_features(films):
    assert len(hashes(films, ("recommender=popularity",), ("recommender=popularity", "features=[genres]"))) == 1


def test_a_finished_run_is_evaluated_with_its_features(films):
    cfg = films_config(films, *SHORT, "features=[genres,gap]")
    record = run(cfg)
    folder = RunFolder(Path(cfg.paths.runs) / record.run)
    metrics, _ = evaluate(cfg, folder, record, trained=cfg)
    assert metrics == pytest.approx({key: record.metrics[key] for key in metrics})
    items = films.with_name("items.csv")
    items.write_text(items.read_text().replace("g1", "g2"))
    with pytest.raises(RunError, match="what is known of its items and users is not"):
        evaluate(cfg, folder, record, trained=cfg)


def test_weights_depend_on_the_seed_alone(films):
    overrides = ("attention=interaction", "features=[genres,year,taste,hour]", "fusion=concat")
    first, again = (run(films_config(films, *SHORT, *overrides, "force=true")) for _ in range(2))
    assert results(first) == results(again)


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        (("features=[genre]",), ConfigError, "got 'genre'. Did you mean 'genres'"),
        (("features=genres",), ConfigError, r"features: got 'genres', expected a list: features=\[genres\]"),
        (("features=[taste]",), ConfigError, "got taste of users, whom TransformerAttention never looks at"),
        (("features=[hour]", "dataset.time=null"), ConfigError, "read without times"),
        (("features=[genres]", "dataset.features.genres=vector"), ConfigError, "which is not supported"),
        (("features=[genres]", "dataset.features.genres=number"), DataError, "expected a finite number"),
        (("features=[rating]", "+dataset.features.rating=number"), DataError, "no values for rating"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_left(overrides, error, message, films):
    with pytest.raises(error, match=message):
        run(films_config(films, *overrides))
    assert not (films.parent / "runs").exists()
