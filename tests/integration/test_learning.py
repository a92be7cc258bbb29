"""What learning is for: eight users learned by heart, and structure that was planted to be found by attention alone."""

import numpy as np
import pandas as pd
import pytest
import torch
from hydra.utils import instantiate

from recexp.config.compose import choices, compose
from recexp.data.prepare import prepare
from recexp.experiment import build_data, build_module, run
from recexp.features.choice import read_features
from tests.integration.films import needs_features, with_genres


def config(folder, frame, *overrides):
    """Small and without dropout, on the interactions of `frame` (user, item), oldest first."""
    frame.to_csv(folder / "planted.csv", index=False)
    fixed = [
        "dataset=csv", f"dataset.path={folder}/planted.csv", f"paths.runs={folder}/runs", f"paths.cache={folder}/cache",
        "logger=none", "trainer.accelerator=cpu", "ks=[1,5,10]", "embedding_dim=16", "dropout=0.0", "batch_size=32",
        "optimizer.lr=0.01", "callbacks.early_stopping.patience=100",
    ]  # fmt: skip
    return compose(*fixed, *overrides)


def interactions(histories):
    """One row an interaction of [users, steps] items."""
    rows = [(user, item) for user, items in enumerate(histories) for item in items]
    return pd.DataFrame(rows, columns=["user", "item"])


def trained(folder, frame, *overrides):
    """Data, module with the weights after the last step, whatever validation says of them, and the last loss."""
    cfg = config(folder, frame, *overrides, "trainer.limit_val_batches=0")
    dataset = instantiate(cfg.dataset)
    prepared = prepare(dataset, cache=folder)
    features = read_features(cfg.features, dataset, prepared)
    data, _ = build_data(cfg, prepared, features)
    module = build_module(cfg, data, features, run_hash="")
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    trainer = instantiate(cfg.trainer, logger=False, **quiet)
    trainer.fit(module, data)
    return data, module, trainer.callback_metrics["train/loss"].item()


# --- by heart


def walks():
    """Eight users on one circle of twenty items, each from a start of its own."""
    circle = np.random.default_rng(0).permutation(20)
    return interactions([[circle[(3 * user + step) % 20] for step in range(9)] for user in range(8)])


# Their context is a mean of the vectors of the history. An item's own vector is then the nearest one to it, so that
# "what comes after this item" cannot be learned by heart.
MEANS_OF_ITEMS = {"core", "shan"}
WITHOUT_ORDER = {"sdim"}  # its weights do not tell the newest item from an older one
MORE_STEPS = {"carca": 150}  # without positions, candidates have to tell the newest item from what came before it


@pytest.mark.parametrize("attention", sorted(set(choices("attention")) - MEANS_OF_ITEMS - WITHOUT_ORDER))
def test_eight_users_are_learned_by_heart(attention, tmp_path):
    """All windows are in the one batch, so that an epoch is a step."""
    overrides = ["optimizer.lr=0.02", "embedding_dim=32", f"trainer.max_epochs={MORE_STEPS.get(attention, 100)}"]
    overrides += with_genres(tmp_path / "planted.csv", 20) if needs_features(attention) else []
    data, module, loss = trained(tmp_path, walks(), f"attention={attention}", *overrides)
    assert loss < 0.05
    positions = module.recommender.positions(data.windows[np.arange(len(data.windows))])
    target_RT = positions.target_RT
    best_RT = positions.score_catalogue(positions.items.catalogue()).argmax(dim=-1) + 1
    assert (target_RT > 0).sum() == 8 * 6
    assert (best_RT == target_RT)[target_RT > 0].all()


# --- planted structure


def hit_rate(folder, frame, *overrides, k=1):
    fixed = ["optimizer.lr=0.02", "trainer.max_epochs=12", "protocol.filter_seen=false", f"ks=[{k}]"]
    return run(config(folder, frame, *fixed, *overrides)).metrics[f"test/hr@{k}"]


def jumping_walks():
    """Every item has one successor, but one step in four is a jump: what was taken before the last item misleads.

    The last two steps are none, so that both held-out items follow from the item before them.
    """
    generator = np.random.default_rng(0)
    successor, histories = generator.permutation(24), []
    for _ in range(150):
        steps = generator.integers(10, 17)
        items = [generator.integers(24)]
        for step in range(1, steps):
            jumps = step < steps - 2 and generator.random() < 0.25
            items.append(generator.integers(24) if jumps else successor[items[-1]])
        histories.append(items)
    return interactions(histories)


@pytest.mark.parametrize(
    ("model", "least", "most"),
    [
        ("attention=transformer", 0.95, 1.0),
        ("attention=item", 0.95, 1.0),
        ("attention=mean", 0.1, 0.7),  # knows the items, not which one was the last
        ("recommender=popularity", 0.0, 0.15),
    ],
)
def test_the_previous_item_decides(model, least, most, tmp_path):
    assert least <= hit_rate(tmp_path, jumping_walks(), model, "max_history_len=6") <= most


SYMBOLS = 5


def pairs_in_order():
    """The next item is (the item before the last + twice the last one) modulo five; one step in four is a jump.

    The last two steps are none. Either of the two items alone tells nothing, so a sum of what each of them tells, in
    whatever order and with whatever weights, does not suffice: the two must be combined, in their order.
    """
    generator, histories = np.random.default_rng(0), []
    name = generator.permutation(SYMBOLS)
    for _ in range(150):
        items, steps = list(generator.integers(SYMBOLS, size=2)), generator.integers(11, 15)
        for step in range(2, steps):
            jumps = step < steps - 2 and generator.random() < 0.25
            items.append(generator.integers(SYMBOLS) if jumps else (items[-2] + 2 * items[-1]) % SYMBOLS)
        histories.append(name[items])
    return interactions(histories)


@pytest.mark.parametrize(
    ("model", "least", "most"),
    [
        ("attention=transformer attention.num_blocks=1", 0.9, 1.0),
        ("attention=transformer attention.num_blocks=1 attention/mixer=fmlp ~attention/similarity", 0.9, 1.0),
        ("attention=item", 0.0, 0.6),  # knows the order, and adds what the items tell
        ("attention=mean", 0.0, 0.6),
    ],
)
def test_the_order_of_two_items_decides(model, least, most, tmp_path):
    options = ["max_history_len=2", "windows.stride=1", "batch_size=256", "optimizer.lr=0.005", "ks=[1]"]
    data, module, _ = trained(tmp_path, pairs_in_order(), *options, "trainer.max_epochs=40", *model.split())
    batch = data.test[np.arange(len(data.test))]
    best_B = module.eval().recommender.score(batch.histories).argmax(dim=1) + 1
    assert least <= (best_B == batch.target_B).double().mean().item() <= most


TASTES, PLACES = 3, 8


def tastes():
    """Public and private items take turns: at each public place a user takes next what suits their own taste.

    Half of the users end on a private item, half on a public one, which anybody can tell from the item before.
    """
    histories = []
    for user in range(96):
        taste = user // PLACES % TASTES
        places = [(user + step) % PLACES for step in range(8)]
        items = [item for place in places for item in (place, PLACES + place * TASTES + taste)]
        histories.append(items[: 13 + user // 48])
    return interactions(histories)


@pytest.mark.parametrize(
    ("model", "least", "most"),
    [
        ("attention=user", 0.95, 1.0),
        ("attention=interaction", 0.95, 1.0),
        ("attention=transformer", 0.6, 0.75),  # is not told who asks: all public items, a third of the private ones
        ("recommender=popularity", 0.0, 0.15),
    ],
)
def test_the_users_taste_decides(model, least, most, tmp_path):
    """With a history of one item nothing but the user tells what they like."""
    assert least <= hit_rate(tmp_path, tastes(), model, "max_history_len=1", "batch_size=96") <= most


PLACES_OF_A_KIND = 6


def two_interests():
    """Three items at a time: one of each of two kinds, in any order, and then the successor of one of the two.

    Which one is the user's taste. Both kinds have successors among the same items, so that neither the user alone nor
    the two items alone tell more than a choice of two: the user has to weigh the history.
    """
    generator = np.random.default_rng(0)
    successor = np.stack([generator.permutation(PLACES_OF_A_KIND) for _ in range(2)])
    histories = []
    for user in range(48):
        items = []
        for _ in range(12):
            place = generator.integers(PLACES_OF_A_KIND, size=2)
            while successor[0][place[0]] == successor[1][place[1]]:
                place = generator.integers(PLACES_OF_A_KIND, size=2)
            shown = generator.permutation([place[0], PLACES_OF_A_KIND + place[1]])
            items += [*shown, 2 * PLACES_OF_A_KIND + successor[user % 2][place[user % 2]]]
        histories.append(items)
    return interactions(histories)


ONE_BLOCK = "attention.encoder.num_blocks=1"


@pytest.mark.parametrize(
    ("model", "least", "most"),
    [
        ("attention=acf", 0.85, 1.0),
        ("attention=shan", 0.85, 1.0),
        ("attention=user", 0.85, 1.0),
        (f"attention=personalised {ONE_BLOCK} optimizer.lr=0.01", 0.85, 1.0),
        ("attention=mean", 0.25, 0.75),
        ("attention=user attention.user=false", 0.25, 0.75),  # the newest item alone asks
        # The user's vector adds the same to a candidate whatever the history is.
        (f"attention=personalised {ONE_BLOCK} attention.place=output attention.combine=add", 0.25, 0.75),
    ],
)
def test_the_user_weighs_the_history(model, least, most, tmp_path):
    """With a history of the two items that were shown; hits are counted among the possible successors."""
    options = ["max_history_len=2", "windows.stride=1", "batch_size=256", "optimizer.lr=0.03", "trainer.max_epochs=30"]
    data, module, _ = trained(tmp_path, two_interests(), *options, *model.split())
    batch = data.test[np.arange(len(data.test))]
    possible_N = torch.from_numpy(data.interactions.item_ids[1:].astype(int) >= 2 * PLACES_OF_A_KIND)
    score_BN = module.eval().recommender.score(batch.histories).masked_fill(~possible_N, -torch.inf)
    hits = (score_BN.argmax(dim=1) + 1 == batch.target_B).double().mean().item()
    assert least <= hits <= most


INTERESTS, STEPS = 3, 5


def interests():
    """Each user follows three circles of five items at once, and now and then jumps within one of them.

    The next item of a circle follows from the newest item of that circle alone, wherever it stands in the history. The
    last two steps change the circle and are no jumps: the best three candidates are what comes next in each circle.
    """
    generator, histories = np.random.default_rng(0), []
    successor = [STEPS * interest + generator.permutation(STEPS) for interest in range(INTERESTS)]
    for _ in range(300):
        length = generator.integers(16, 20)
        newest = [STEPS * interest + generator.integers(STEPS) for interest in range(INTERESTS)]
        now, items = generator.integers(INTERESTS), []
        for step in range(length):
            held_out = step >= length - 2
            if held_out or generator.random() < 0.5:
                now = (now + generator.integers(1, INTERESTS)) % INTERESTS
            jumps = not held_out and generator.random() < 0.25
            place = generator.integers(STEPS)
            newest[now] = STEPS * now + place if jumps else successor[now][newest[now] % STEPS]
            items.append(newest[now])
        histories.append(items)
    return interactions(histories)


@pytest.mark.parametrize(
    ("model", "least", "most"),
    [
        (["attention=item", "attention/position=none"], 0.75, 1.0),
        (["attention=user"], 0.1, 0.65),  # one context for all candidates: the weights fit one circle
        (["attention=mean"], 0.1, 0.65),
    ],
)
def test_each_candidate_asks_for_its_own_interest(model, least, most, tmp_path):
    overrides = ["max_history_len=16", "trainer.max_epochs=40", "optimizer.lr=0.04"]
    assert least <= hit_rate(tmp_path, interests(), *model, *overrides, k=INTERESTS) <= most


KINDS = 5


def products():
    """What a user takes at a place is (their kind + the place) modulo five, and then they go to the next place.

    So the next item is no sum of what the user likes and what follows from the item before: each alone tells nothing.
    """
    generator, histories = np.random.default_rng(0), []
    for user in range(100):
        first = generator.integers(KINDS)
        places = [(first + step) % KINDS for step in range(7)]
        items = [item for place in places for item in (place, KINDS + (user + place) % KINDS)]
        histories.append(items[: 12 + user // KINDS % 2])
    return interactions(histories)


@pytest.mark.parametrize(
    ("model", "least", "most"),
    [
        ("attention=interaction", 0.95, 1.0),
        ("attention=user", 0.0, 0.5),  # adds the user and the item
        ("attention=item", 0.0, 0.5),  # is not told who asks
    ],
)
def test_the_product_of_user_and_item_decides(model, least, most, tmp_path):
    """As above, with a history of one item."""
    overrides = ["max_history_len=1", "batch_size=96", "trainer.max_epochs=40", "optimizer.lr=0.04"]
    assert least <= hit_rate(tmp_path, products(), model, *overrides) <= most
