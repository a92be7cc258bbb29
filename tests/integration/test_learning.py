"""What learning is for: eight users learned by heart, and structure that was planted to be found by attention alone."""

import numpy as np
import pandas as pd
import pytest
from hydra.utils import instantiate

from recexp.config.compose import choices, compose
from recexp.data.prepare import prepare
from recexp.experiment import build_data, build_module, run


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


# --- by heart


def walks():
    """Eight users on one circle of twenty items, each from a start of its own."""
    circle = np.random.default_rng(0).permutation(20)
    return interactions([[circle[(3 * user + step) % 20] for step in range(9)] for user in range(8)])


@pytest.mark.parametrize("attention", choices("attention"))
def test_eight_users_are_learned_by_heart(attention, tmp_path):
    """All windows are in the one batch, so that an epoch is a step."""
    overrides = ["optimizer.lr=0.02", "embedding_dim=32", "trainer.max_epochs=100", "trainer.limit_val_batches=0"]
    cfg = config(tmp_path, walks(), f"attention={attention}", *overrides)
    data, _ = build_data(cfg, prepare(instantiate(cfg.dataset), cache=tmp_path))
    module = build_module(cfg, data, run_hash="")
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    trainer = instantiate(cfg.trainer, logger=False, **quiet)
    trainer.fit(module, data)
    assert trainer.callback_metrics["train/loss"] < 0.05
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
