"""Closed-form recommenders against loops in float64, on data with repetitions, an empty user and an unseen item."""

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from sklearn.linear_model import ElasticNet

import recexp.recommender.ials
import recexp.recommender.item_knn
import recexp.recommender.user_similarity
from recexp.data.training_set import TrainingSet
from recexp.errors import ConfigError
from recexp.recommender.profiles import interaction_matrix
from recexp.testing.small import compose_config, histories

NUM_USERS, NUM_ITEMS = 14, 10  # user 13 has no training rows, item 10 is in none
GENERATOR = np.random.default_rng(3)
USER = np.repeat(np.arange(NUM_USERS - 1), 7).astype(np.int32)
ITEM = np.minimum(GENERATOR.geometric(0.25, len(USER)), NUM_ITEMS - 1).astype(np.int32)  # popular ones come often
TRAINING = TrainingSet(num_users=NUM_USERS, num_items=NUM_ITEMS, user=USER, item=ITEM, time=None, target=ITEM)
HISTORIES = [[3, 1, 3, 2, 0], [2, 7, 0, 0, 0], [9, 0, 0, 0, 0], [10, 1, 2, 4, 6], [0, 0, 0, 0, 0]]
OF_USER = [{int(item) for item in ITEM[user == USER]} for user in range(NUM_USERS)]


def fitted(*overrides):
    recommender = instantiate(compose_config(*overrides).recommender, num_items=NUM_ITEMS, num_users=NUM_USERS)
    recommender.fit(TRAINING)
    return recommender


def scores(*overrides):
    return fitted(*overrides).score(histories(HISTORIES)).double().numpy()


def matrix():
    return np.array([[float(item in items) for item in range(1, NUM_ITEMS + 1)] for items in OF_USER])


def from_weights(weight_NN):
    """score_BN: the sum over the distinct items of each history of their weights."""
    found = np.zeros((len(HISTORIES), NUM_ITEMS))
    for row, history in enumerate(HISTORIES):
        for item in set(history) - {0}:
            for other in range(NUM_ITEMS):
                found[row, other] += weight_NN[item - 1, other]
    return found


def test_the_data_has_what_is_difficult():
    assert any(len(set(ITEM[user == USER])) < 7 for user in range(NUM_USERS))  # repetitions
    assert not OF_USER[NUM_USERS - 1]
    assert not any(NUM_ITEMS in items for items in OF_USER)


def test_an_item_counts_once_for_a_user():
    assert (interaction_matrix(TRAINING).toarray() == matrix()).all()


@pytest.mark.parametrize("reg", [0.5, 20.0])
def test_ease(reg):
    """Each column by itself, as a ridge regression on all other items: no inverse, no eq. 8."""
    x_UN, weight_NN = matrix(), np.zeros((NUM_ITEMS, NUM_ITEMS))
    for item in range(NUM_ITEMS):
        others = [other for other in range(NUM_ITEMS) if other != item]
        gram = x_UN[:, others].T @ x_UN[:, others] + reg * np.eye(len(others))
        weight_NN[others, item] = np.linalg.solve(gram, x_UN[:, others].T @ x_UN[:, item])
    found = scores("recommender=ease", f"recommender.reg={reg}")
    np.testing.assert_allclose(found, from_weights(weight_NN), rtol=1e-5, atol=1e-6)


def cosine(one, other, shrinkage):
    """Of two sets."""
    return len(one & other) / (np.sqrt(len(one) * len(other)) + shrinkage) if one & other else 0.0


@pytest.mark.parametrize("elements", [1, 40, 10**6], ids=["one row a block", "some rows", "one block"])
@pytest.mark.parametrize(("num_neighbors", "shrinkage"), [(1, 0.0), (3, 2.5), (100, 0.0)])
def test_item_knn(num_neighbors, shrinkage, elements, monkeypatch):
    monkeypatch.setattr(recexp.recommender.item_knn, "BLOCK_ELEMENTS", elements)
    users_of = [{user for user in range(NUM_USERS) if item in OF_USER[user]} for item in range(1, NUM_ITEMS + 1)]
    weight_NN = np.zeros((NUM_ITEMS, NUM_ITEMS))
    for item in range(NUM_ITEMS):
        similar = [(-cosine(users_of[item], users_of[i], shrinkage), i) for i in range(NUM_ITEMS) if i != item]
        for negative, other in sorted(similar)[:num_neighbors]:
            weight_NN[item, other] = -negative
    found = scores(
        "recommender=item_knn", f"recommender.num_neighbors={num_neighbors}", f"recommender.shrinkage={shrinkage}"
    )
    np.testing.assert_allclose(found, from_weights(weight_NN), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("l1", "l2"), [(0.5, 1.0), (2.0, 10.0)])
def test_slim(l1, l2):
    """Each column by itself, as scikit-learn's elastic net with weights that are never negative, on all other items."""
    x_UN, weight_NN = matrix(), np.zeros((NUM_ITEMS, NUM_ITEMS))
    share = l1 / (l1 + l2)
    for item in range(NUM_ITEMS):
        others = [other for other in range(NUM_ITEMS) if other != item]
        net = ElasticNet(
            alpha=(l1 + l2) / NUM_USERS, l1_ratio=share, positive=True, fit_intercept=False, tol=1e-12, max_iter=10**5
        )
        weight_NN[others, item] = net.fit(x_UN[:, others], x_UN[:, item]).coef_
    options = {"l1": l1, "l2": l2, "rho": 5.0, "num_iterations": 500}
    recommender = fitted("recommender=slim", *(f"recommender.{key}={value}" for key, value in options.items()))
    found = recommender.score(histories(HISTORIES)).numpy()
    np.testing.assert_allclose(found, from_weights(weight_NN), rtol=1e-4, atol=1e-5)
    assert (weight_NN > 1e-6).sum() == recommender.weight_NN.coalesce().values().numel()  # as sparse


def own_user_apart(similarity, user_B):
    """[row][user]: a history's own user is no neighbor."""
    return [
        [0.0 if user == own else s for user, s in enumerate(row)] for row, own in zip(similarity, user_B, strict=True)
    ]


def from_neighbors(similarity, num_neighbors):
    """score_BN: the most similar users, the first of equal ones, vote for what they have."""
    found = np.zeros((len(similarity), NUM_ITEMS))
    for row, sims in enumerate(similarity):
        for negative, user in sorted((-sim, user) for user, sim in enumerate(sims))[:num_neighbors]:
            for item in OF_USER[user]:
                found[row, item - 1] -= negative
    return found


NEIGHBORS = pytest.mark.parametrize("num_neighbors", [1, 4, 50])
CHUNKS = pytest.mark.parametrize("elements", [1, 10**6], ids=["one row a chunk", "one chunk"])


@CHUNKS
@NEIGHBORS
@pytest.mark.parametrize("shrinkage", [0.0, 2.5])
def test_user_knn(num_neighbors, shrinkage, elements, monkeypatch):
    monkeypatch.setattr(recexp.recommender.user_similarity, "CHUNK_ELEMENTS", elements)
    similarity = [[cosine(set(history) - {0}, items, shrinkage) for items in OF_USER] for history in HISTORIES]
    similarity = own_user_apart(similarity, histories(HISTORIES).user_B.tolist())
    found = scores(
        "recommender=user_knn", f"recommender.num_neighbors={num_neighbors}", f"recommender.shrinkage={shrinkage}"
    )
    np.testing.assert_allclose(found, from_neighbors(similarity, num_neighbors), rtol=1e-5, atol=1e-6)


@CHUNKS
@NEIGHBORS
def test_vsknn(num_neighbors, elements, monkeypatch):
    monkeypatch.setattr(recexp.recommender.user_similarity, "CHUNK_ELEMENTS", elements)
    similarity = []
    for history in HISTORIES:
        real = [item for item in history if item]
        weight = {item: (place + 1) / len(real) for place, item in enumerate(real)}  # a later place overwrites
        similarity.append([sum(weight[item] for item in weight if item in items) for items in OF_USER])
    similarity = own_user_apart(similarity, histories(HISTORIES).user_B.tolist())
    found = scores("recommender=vsknn", f"recommender.num_neighbors={num_neighbors}")
    np.testing.assert_allclose(found, from_neighbors(similarity, num_neighbors), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["ease", "item_knn", "slim", "ials", "user_knn", "vsknn"])
def test_a_user_from_outside_is_scored_by_the_history_alone(name):
    """User -1: nobody of the training. What a known user had before the history changes nothing either."""
    recommender = fitted(f"recommender={name}")
    anonymous = histories(HISTORIES)._replace(user_B=torch.full((len(HISTORIES),), -1))
    assert torch.isfinite(recommender.score(anonymous)).all()
    if name not in ("user_knn", "vsknn"):  # where a known user is no neighbor of its own
        assert torch.equal(recommender.score(anonymous), recommender.score(histories(HISTORIES)))


def naive_vectors(x_RN, column_ND, weight, reg):
    """Least squares of each row over all columns, each pair with its weight and its wish."""
    found = []
    for x_N in x_RN:
        c = x_N.sum() + weight * len(x_N)
        system = reg * c * np.eye(column_ND.shape[1])
        wish = np.zeros(column_ND.shape[1])
        for x, column_D in zip(x_N, column_ND, strict=True):
            system += (x + weight) * np.outer(column_D, column_D)
            wish += x * column_D
        found.append(np.linalg.solve(system, wish))
    return np.array(found)


@pytest.mark.parametrize("elements", [1, 500, 10**6], ids=["one row a chunk", "some rows", "one chunk"])
def test_ials(elements, monkeypatch):
    monkeypatch.setattr(recexp.recommender.ials, "CHUNK_ELEMENTS", elements)
    generator = torch.Generator().manual_seed(5)
    item_ND = (0.1 / np.sqrt(3) * torch.randn((NUM_ITEMS, 3), generator=generator, dtype=torch.float64)).numpy()
    for _ in range(4):
        user_UD = naive_vectors(matrix(), item_ND, 0.2, 0.05)
        item_ND = naive_vectors(matrix().T, user_UD, 0.2, 0.05)
    profile_BN = np.array([[float(item in history) for item in range(1, NUM_ITEMS + 1)] for history in HISTORIES])
    options = {"embedding_dim": 3, "num_iterations": 4, "unobserved_weight": 0.2, "reg": 0.05, "seed": 5}
    found = scores("recommender=ials", *(f"recommender.{key}={value}" for key, value in options.items()))
    expected = naive_vectors(profile_BN, item_ND, 0.2, 0.05) @ item_ND.T
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_ials_depends_on_its_seed_alone():
    found = []
    for before, seed in ((1, 3), (2, 3), (2, 4)):
        torch.manual_seed(before)
        found.append(scores("recommender=ials", f"recommender.seed={seed}"))
    assert (found[0] == found[1]).all()
    assert (found[0] != found[2]).any()


@pytest.mark.parametrize("name", ["ease", "slim"])
def test_a_catalogue_that_does_not_fit_is_refused_before_any_work(name):
    node = compose_config(f"recommender={name}", "recommender.max_memory_gb=0.5").recommender
    with pytest.raises(Exception, match=r"recommender.max_memory_gb.*item_knn") as raised:
        instantiate(node, num_items=100_000, num_users=1)
    assert isinstance(raised.value.__cause__, ConfigError)
    instantiate(node, num_items=1_000, num_users=1)
