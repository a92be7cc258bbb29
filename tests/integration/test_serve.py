"""A finished run is loaded from its folder alone, and recommends what its trained module recommends."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hydra.utils import instantiate

import recexp
from recexp.data.prepare import prepare
from recexp.errors import ConfigError, RunError
from recexp.experiment import build_data, build_module
from recexp.features.choice import read_features
from recexp.features.embedding import FusedItemEmbedding
from recexp.runs.folder import RunFolder
from recexp.serve import model as serving
from recexp.serve.run import Run
from tests.integration.films import OLD, USERS, write_films
from tests.integration.planted import config

KINDS = "+dataset.features={genres:categories,year:number,taste:category}"
FILMS = ("dataset._target_=tests.integration.films.Films", "dataset.time=time", KINDS)
TRUST = ("tests.integration.films",)  # the dataset's class, which a config of another's could name too
VARIANTS = {
    "popularity": ("recommender=popularity",),
    "item": ("attention=item", "max_history_len=4"),
    "user": ("attention=user", "features=[genres,year,taste,gap]", "fusion=gate"),
    "cloze": ("attention=transformer", "objective=cloze", "features=[hour]"),
    "seen_negatives": ("attention=interaction", "loss=bpr"),
}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_films(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def runs(films):
    """A run of each variant, trained a little."""
    short = ("trainer.max_epochs=1", "optimizer.lr=0.05")
    return {
        name: recexp.train(config(films, films.parent, *FILMS, *short, *variant)) for name, variant in VARIANTS.items()
    }


@pytest.fixture
def alone(runs, films, tmp_path):
    """Gives a copy of a run folder; the dataset, the cache and all other runs are gone meanwhile."""

    hidden = films.parent.with_name("hidden")

    def copy(name):
        folder = shutil.copytree(runs[name].folder, tmp_path / "any name")
        films.parent.rename(hidden)
        return Path(folder)

    yield copy
    if hidden.exists():
        hidden.rename(films.parent)


def expected(run: Run, k: int, exclude_seen: bool) -> dict[str, list[tuple[str, float]]]:
    """user id -> the best items and their scores, from the module that was trained, one user at a time."""
    cfg = run.config
    dataset = instantiate(cfg.dataset)
    prepared = prepare(dataset, cache=Path(cfg.paths.cache))
    learned = cfg.recommender._target_.endswith("AttentiveRecommender")
    features = (read_features(cfg.features, dataset, prepared),) if learned else ()
    data, _ = build_data(cfg, prepared, *features)
    module = build_module(cfg, data, *features, run_hash=run.record.hash).eval()
    if learned:
        module.load_checkpoint(RunFolder(run.folder).best)
    of, found = prepared.interactions, {}
    for user in range(of.num_users):
        start, end = of.offsets[user], of.offsets[user + 1]
        newest = max(start, end - cfg.max_history_len)
        histories = data.windows.build(np.array([user]), np.array([newest]), np.array([end]))
        with torch.no_grad():
            (score_N,) = module.recommender.score(histories).numpy()
        seen = set(of.item_idx[start:end]) if exclude_seen else set()
        order = [place for place in np.argsort(-score_N, kind="stable") if place + 1 not in seen][:k]
        found[str(of.user_ids[user])] = [(str(of.item_ids[place + 1]), score_N[place]) for place in order]
    return found


def by_user(frame: pd.DataFrame) -> dict[str, list[tuple[str, float]]]:
    return {user: list(zip(rows["item"], rows["score"], strict=True)) for user, rows in frame.groupby("user")}


@pytest.mark.parametrize("exclude_seen", [True, False])
@pytest.mark.parametrize("name", VARIANTS)
def test_it_recommends_what_the_trained_module_does(name, exclude_seen, runs, alone, monkeypatch):
    wanted = expected(runs[name], 7, exclude_seen)
    model = recexp.load(alone(name), TRUST)
    monkeypatch.setattr(serving, "users_per_block", lambda *arguments: 5)
    monkeypatch.setattr(serving, "ROWS_PER_PIECE", 7 * 12)
    frame = model.recommend(users=model.user_ids, k=7, exclude_seen=exclude_seen)
    assert frame.columns.tolist() == ["user", "rank", "item", "score"]
    assert frame["rank"].tolist() == [*range(1, 8)] * USERS
    found = by_user(frame)
    assert found.keys() == wanted.keys()
    for user, pairs in wanted.items():
        np.testing.assert_allclose([score for _, score in found[user]], [score for _, score in pairs], rtol=1e-5)
        if name == "popularity":  # exact scores, and so the same ties
            assert [item for item, _ in found[user]] == [item for item, _ in pairs]
        assert len({item for item, _ in found[user]} & {item for item, _ in pairs}) >= 6  # but for rounding at the end


@pytest.mark.parametrize("name", ["user", "popularity"])
def test_a_run_gives_the_model_it_has_trained(name, runs):
    run = runs[name]
    model = run.model()
    assert model.metrics == run.metrics == run.record.metrics
    pd.testing.assert_frame_equal(model.ranks, run.ranks)
    assert (run.folder / "record.json").exists()
    assert len(model.user_ids) == USERS
    assert len(model.item_ids) == OLD + USERS
    assert not model.recommender.training


def test_loading_draws_no_random_numbers(runs):
    torch.manual_seed(3)
    first = torch.rand(2)
    torch.manual_seed(3)
    recexp.load(runs["item"].folder, TRUST)
    assert torch.equal(torch.rand(2), first)


def test_a_training_that_is_finished_is_read(runs, films):
    again = recexp.train(runs["item"].config)
    assert again.record == runs["item"].record
    assert again.folder == runs["item"].folder


def test_runs_of_one_dataset_share_what_they_keep(runs):
    folders = [RunFolder(runs[name].folder) for name in ("item", "popularity")]
    assert len({folder.histories.stat().st_ino for folder in folders}) == 1
    assert len({folder.catalogue.stat().st_ino for folder in folders}) == 1
    assert RunFolder(runs["user"].folder).catalogue.stat().st_ino != folders[0].catalogue.stat().st_ino  # features


# --- histories


def test_the_history_of_a_user_is_recommended_alike_by_whoever_has_it(runs):
    model = recexp.load(runs["item"].folder, TRUST)
    items = model.history("u3")["item"]
    own, given = model.recommend(users=["u3"]), model.recommend(histories=[items, items[:2], []])
    assert given["history"].unique().tolist() == [0, 1, 2]
    first = given[given["history"] == 0].drop(columns="history")
    pd.testing.assert_frame_equal(first, own.drop(columns="user"), check_exact=False, rtol=1e-4)
    assert not set(first["item"]) & set(items)


@pytest.mark.parametrize("name", ["item", "cloze", "popularity"])
def test_histories_that_are_all_empty(name, runs):
    """As of somebody who has just come: the same list as beside other histories."""
    model = recexp.load(runs[name].folder, TRUST)
    alone = model.recommend(histories=[[], []], times=[[], []])
    beside = model.recommend(histories=[[], ["f1"]], times=[[], [0]])
    assert alone["history"].unique().tolist() == [0, 1]
    assert alone[alone["history"] == 0]["item"].tolist() == beside[beside["history"] == 0]["item"].tolist()
    assert model.recommend(histories=[], times=[]).empty


def test_times_of_histories_are_used(runs):
    model = recexp.load(runs["user"].folder, TRUST)
    history = model.history("u3")
    asked = {"users": ["u3"], "histories": [history["item"]]}
    own, same = model.score(users=["u3"]), model.score(**asked, times=[history["time"]])
    other = model.score(**asked, times=[np.arange(len(history))])
    assert own.index.tolist() == same.index.tolist() == ["u3"]
    np.testing.assert_allclose(own, same, rtol=1e-5)
    assert not np.allclose(own, other, rtol=1e-3)


def test_a_variant_that_needs_the_user_says_so(runs):
    model = recexp.load(runs["seen_negatives"].folder, TRUST)
    with pytest.raises(ConfigError, match="InteractionAttention needs the vector that it has learned for the user"):
        model.recommend(histories=[["f1"]])
    scores = model.score(users=["u1", "u2"], histories=[["f1"], ["f1"]])
    assert not np.allclose(scores.loc["u1"], scores.loc["u2"])


@pytest.mark.parametrize(
    ("name", "asked", "message"),
    [
        ("item", {"users": ["u3", "u333"]}, "does not know user 'u333'. Did you mean 'u33'"),
        ("item", {"histories": [["f1"], ["f1", "f111"]]}, "does not know item 'f111'. Did you mean 'f11'"),
        ("item", {}, "got neither users nor histories"),
        ("item", {"users": "u3"}, "users: got 'u3', expected a list"),
        ("item", {"histories": ["f1"]}, "items: got 'f1', expected a list of ids"),
        ("item", {"users": ["u1"], "histories": []}, "got 1 users and 0 histories"),
        ("item", {"users": ["u1"], "times": [[1]]}, "times: got times without the histories"),
        ("item", {"histories": [["f1"]], "times": [[1, 2]]}, "times: expected one list for each history"),
        ("item", {"histories": [["f1"]], "times": [["noon"]]}, "expected numbers in the unit of the dataset"),
        ("item", {"histories": [["f1", "f2"]], "times": [[2, 1]]}, "ascending"),
        ("item", {"histories": [["f1"]], "times": [[float("nan")]]}, "finite numbers"),
        ("item", {"histories": [["f1"]], "times": [[1e300]]}, "times: got 1e.300 to 1e.300, expected numbers in"),
        ("cloze", {"histories": [["f1"]]}, "the run's features hour need times"),
        ("cloze", {"histories": [["f1"]], "times": [[1.6e12]]}, "expected seconds since 1970, from which .* hour are"),
        ("item", {"users": ["u1"], "k": 0}, "k: got 0, expected a whole number from 1"),
        ("item", {"users": ["u1"], "k": True}, "k: got True"),
        ("item", {"users": ["u1"], "exclude_seen": "no"}, "exclude_seen: got 'no', expected True or False"),
    ],
)
def test_what_cannot_be_answered_is_named(name, asked, message, runs):
    with pytest.raises(ConfigError, match=message):
        recexp.load(runs[name].folder, TRUST).recommend(**asked)


def test_nobody_is_asked_for(runs):
    frame = recexp.load(runs["item"].folder, TRUST).recommend(users=[])
    assert frame.empty
    assert frame.columns.tolist() == ["user", "rank", "item", "score"]


def test_fewer_items_than_asked_for(runs):
    model = recexp.load(runs["item"].folder, TRUST)
    frame = model.recommend(users=["u1"], k=10_000)
    assert len(frame) == len(model.item_ids) - model.history("u1")["item"].nunique()


def test_the_catalogue_is_fused_once_for_all_blocks(runs, monkeypatch):
    model, fused = recexp.load(runs["user"].folder, TRUST), []
    catalogue = FusedItemEmbedding.catalogue
    monkeypatch.setattr(FusedItemEmbedding, "catalogue", lambda self: fused.append(1) or catalogue(self))
    monkeypatch.setattr(serving, "users_per_block", lambda *arguments: 5)
    model.recommend(users=model.user_ids)
    assert len(fused) == 1
    model.score(users=model.user_ids)
    assert len(fused) == 2


# --- weights


def test_weights_are_joined_to_items(runs):
    model = recexp.load(runs["item"].folder, TRUST)
    frame = model.weights(users=["u1", "u2"], candidates=["f3", "f5"])
    groups = frame.groupby(["user", "candidate", "head"])
    assert sorted(groups.groups) == [(user, item, 0) for user in ("u1", "u2") for item in ("f3", "f5")]
    assert np.allclose(groups["weight"].sum(), 1, atol=1e-5)
    one = groups.get_group(("u2", "f5", 0))
    assert one["item"].tolist() == model.history("u2")["item"].tail(4).tolist()  # what the model reads
    assert one["position"].tolist() == [0, 1, 2, 3]
    with pytest.raises(ConfigError, match="candidates: got none"):
        model.weights(users=["u1"])
    with pytest.raises(ConfigError, match="does not know item 'f999'"):
        model.weights(users=["u1"], candidates=["f999"])


def test_weights_that_all_candidates_share(runs):
    model = recexp.load(runs["cloze"].folder, TRUST)
    frame = model.weights(users=["u1"])
    assert frame["candidate"].isna().all()
    assert np.allclose(frame.groupby("head")["weight"].sum(), 1, atol=1e-5)
    head = frame[frame["head"] == 0]
    assert head["item"].isna().tolist() == [False] * 7 + [True]  # the hidden position that asks
    assert head["item"].tolist()[:-1] == model.history("u1")["item"].tail(7).tolist()


def test_a_token_of_the_user_and_short_histories(runs):
    model = recexp.load(runs["seen_negatives"].folder, TRUST)
    frame = model.weights(users=["u1", "u1"], histories=[["f1"], ["f1", "f2"]], candidates=["f3"])
    assert (frame["position"] == -1).any()
    assert frame.loc[frame["position"] == -1, "item"].isna().all()
    assert frame.loc[frame["position"] >= 0, "item"].isin(["f1", "f2"]).all()
    assert frame["weight"].sum() == pytest.approx(2, abs=1e-5)


def test_a_recommender_without_weights(runs):
    assert recexp.load(runs["popularity"].folder, TRUST).weights(users=["u1"]) is None


# --- a folder of anyone


@pytest.mark.parametrize("file", ["catalogue.parquet", "histories.parquet", "checkpoints/best.ckpt", "ranks.parquet"])
@pytest.mark.parametrize("damage", ["flipped", "missing"])
def test_a_damaged_file_is_refused(file, damage, alone):
    folder = alone("user")
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 0x40
    if damage == "flipped":
        (folder / file).write_bytes(content)
    else:
        (folder / file).unlink()
    with pytest.raises(RunError, match=f"{Path(file).name} is (missing|not what the run wrote)"):
        _ = recexp.load(folder, TRUST).ranks


def test_an_edited_config_is_refused(alone):
    folder = alone("item")
    config_file = folder / "config.yaml"
    config_file.write_text(config_file.read_text().replace("max_history_len: 4", "max_history_len: 5"))
    with pytest.raises(RunError, match="the run was made with 4"):
        recexp.load(folder, TRUST)


def test_nothing_is_imported_from_the_folder(films, tmp_path, monkeypatch):
    """Nor a class that is not recexp's own, until the caller trusts it."""
    (lib := tmp_path / "lib").mkdir()
    (lib / "attention_of_ones_own.py").write_text("from recexp.attention.mean import MeanAttention as Mine\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(lib)])
    own = ("attention=mean", "attention._target_=attention_of_ones_own.Mine", "trainer.max_epochs=1")
    run = recexp.train(config(films, tmp_path, "dataset.time=time", *own))
    trust = ("attention_of_ones_own",)
    assert len(run.model().recommend(users=["u1"])) == 10
    assert len(recexp.load(run.folder, trust).recommend(users=["u1"])) == 10
    with pytest.raises(RunError, match=r"got 'attention_of_ones_own\.Mine'.*trust=attention_of_ones_own"):
        recexp.load(run.folder)
    (lib / "attention_of_ones_own.py").rename(run.folder / "attention_of_ones_own.py")
    monkeypatch.delitem(sys.modules, "attention_of_ones_own")
    monkeypatch.setattr(sys, "path", ["", str(run.folder), *sys.path])
    monkeypatch.chdir(run.folder)
    with pytest.raises(ConfigError, match="No module named 'attention_of_ones_own'"):
        recexp.load(".", trust)


def test_another_folder_is_no_run(tmp_path):
    with pytest.raises(RunError, match=r"has no record\.json: it is not the folder of a finished run"):
        recexp.load(tmp_path)
