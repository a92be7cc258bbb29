"""Samplers of negatives: their distributions, what they leave out, and that log q makes up for how they draw."""

from functools import partial

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from scipy.stats import chisquare
from torch.testing import assert_close

from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import Histories
from recexp.config.compose import choices
from recexp.data.training_set import TrainingSet
from recexp.data.user_item_set import UserItemSet
from recexp.errors import ConfigError
from recexp.loss.negatives.in_batch import InBatchNegatives
from recexp.loss.negatives.popular import PopularNegatives
from recexp.loss.negatives.uniform import UniformNegatives
from recexp.loss.positions import users_of_targets
from recexp.loss.sampled_softmax import SampledSoftmaxLoss
from recexp.testing.small import NUM_ITEMS, build_recommender, compose_config

ITEMS = NUM_ITEMS
COUNTS = np.array([40, 25, 12, 9, 6, 3, 2, 1, 1, 1, 0])
CATALOGUE = [UniformNegatives, *(partial(PopularNegatives, alpha=alpha) for alpha in (0.0, 0.75, 1.0))]
NAMES = ["uniform", "popular 0", "popular .75", "popular 1"]
P_VALUE = 1e-4  # fixed seeds: a test that passes once passes always


def training_set():
    """User 0 has seen everything, user 1 item 1 alone, user 2 the items 2, 5, 6 and 11, user 3 all but item 7."""
    seen = [range(1, 12), [1, 1, 1], [2, 11, 5, 6, 5], [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]]
    user = np.repeat(np.arange(4), [len(items) for items in seen])
    return TrainingSet(
        num_users=4,
        num_items=ITEMS,
        user=user,
        item=np.concatenate([np.array(items) for items in seen]),
        time=None,
        target=np.repeat(np.arange(1, ITEMS + 1), COUNTS),
    )


def by_counts(sampler, *, seen=False):
    """Prepared on COUNTS, whose items nobody in particular has seen, or on the four users' histories."""
    training, target = training_set(), training_set().target
    if not seen:
        training = TrainingSet(ITEMS + 1, ITEMS, user=target, item=target, time=None, target=target)
    sampler.prepare(training, UserItemSet(training) if seen else None)
    return sampler


def expected_share(sampler, count):
    """As the docstrings say."""
    weight = {UniformNegatives: np.ones(ITEMS), PopularNegatives: (count + 1.0) ** getattr(sampler, "alpha", 0)}
    return weight[type(sampler)] / weight[type(sampler)].sum()


def check_distribution(drawn, share):
    """Chi-square; what has no share must not be drawn at all."""
    count = np.bincount(drawn.flatten(), minlength=ITEMS + 1)
    assert count[0] == 0
    assert (count[1:][share == 0] == 0).all()
    if (share > 0).sum() > 1:
        assert chisquare(count[1:][share > 0], share[share > 0] * drawn.numel()).pvalue > P_VALUE


@pytest.mark.parametrize("make", CATALOGUE, ids=NAMES)
def test_a_sampler_draws_what_it_says(make):
    sampler = by_counts(make())
    share = expected_share(sampler, COUNTS)
    torch.manual_seed(0)
    check_distribution(sampler.draw((40, 50, 20), torch.ones(1, 1, dtype=torch.long)), share)
    log_q = sampler.log_probability(torch.arange(1, ITEMS + 1))
    assert_close(log_q.exp().numpy(), share, check_dtype=False, rtol=1e-5, atol=0)


@pytest.mark.parametrize("make", CATALOGUE, ids=NAMES)
@pytest.mark.parametrize("user", [1, 2, 3])
def test_what_was_taken_is_left_out_exactly(make, user):
    """The rest keeps its proportions."""
    sampler, training = by_counts(make(), seen=True), training_set()
    share = expected_share(sampler, training.item_count())
    share[training.item[training.user == user] - 1] = 0
    torch.manual_seed(0)
    target_RT = torch.ones(20, 50, dtype=torch.long)
    drawn = sampler.draw_unseen((20, 50, 20), target_RT, torch.full_like(target_RT, user))
    check_distribution(drawn, share / share.sum())


@pytest.mark.parametrize("make", CATALOGUE, ids=NAMES)
def test_a_user_who_has_taken_everything_gets_nothing_at_no_cost(make):
    """T6."""
    sampler = by_counts(make(), seen=True)
    user_RT = torch.tensor([[0, 1], [2, 0]])
    drawn = sampler.draw_unseen((2, 2, 500), torch.ones_like(user_RT), user_RT)
    assert (drawn[user_RT == 0] == 0).all()
    assert (drawn[user_RT > 0] > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_taken_pairs_against_sets_and_exact_draws_at_the_edges(seed):
    """Many users of all lengths, likely and unlikely items beside each other, every draw checked."""
    generator = np.random.default_rng(seed)
    users, items = 60, 40
    user = generator.integers(0, users, 900)
    user[:users] = np.arange(users)
    item = np.minimum(generator.zipf(1.3, 900), items)
    training = TrainingSet(users, items, user, item, None, np.arange(1, items + 1))
    seen, sampler = UserItemSet(training), PopularNegatives(alpha=3.0)
    pairs = set(zip(training.user.tolist(), training.item.tolist(), strict=True))
    grid_UN = seen.contains(torch.arange(users)[:, None], torch.arange(1, items + 1))
    assert grid_UN.tolist() == [[(u, i) in pairs for i in range(1, items + 1)] for u in range(users)]
    sampler.prepare(training, seen)
    torch.manual_seed(seed)
    user_RT = torch.arange(users)[:, None]
    drawn = sampler.draw_unseen((users, 1, 300), torch.ones_like(user_RT), user_RT)
    assert drawn.min() >= 1
    assert not seen.contains(user_RT.unsqueeze(-1), drawn).any()


def test_negatives_in_the_batch_are_its_targets_each_in_turn():
    sampler = by_counts(InBatchNegatives())
    target_RT = torch.tensor([[3, 3], [0, 5], [1, 0]])
    torch.manual_seed(0)
    assert sorted(sampler.draw((4,), target_RT).tolist()) == [1, 3, 3, 5]
    assert sorted(sampler.draw((3, 2, 4), target_RT).flatten().tolist()) == [1] * 6 + [3] * 12 + [5] * 6
    assert len({tuple(sampler.draw((4,), target_RT).tolist()) for _ in range(20)}) > 3


def test_negatives_in_the_batch_follow_the_targets_of_an_epoch():
    sampler = by_counts(InBatchNegatives())
    torch.manual_seed(0)
    target = torch.from_numpy(training_set().target)
    drawn = torch.cat([sampler.draw((2,), target[torch.randperm(len(target))[:20], None]) for _ in range(2000)])
    check_distribution(drawn, COUNTS / COUNTS.sum())
    log_q = sampler.log_probability(torch.arange(1, 11))
    assert_close(log_q.exp().numpy(), COUNTS[:10] / COUNTS.sum(), check_dtype=False, rtol=1e-5, atol=0)


# --- in a loss


@pytest.mark.parametrize("name", choices("loss/negatives"))
@pytest.mark.parametrize("shared", [True, False])
def test_corrected_scores_estimate_the_sum_over_the_catalogue_without_bias(name, shared):
    """Mean over draws of exp(score - log q) = sum over drawable items of exp(score), whatever q is."""
    sampler = by_counts(instantiate(compose_config("loss=bpr", f"loss/negatives={name}").loss.negatives))
    draws = 1500
    loss = SampledSoftmaxLoss(
        num_negatives=20, shared=shared, exclude_history=False, logq_correction=True, negatives=sampler
    )
    torch.manual_seed(0)
    score_N = torch.linspace(-1, 1, ITEMS, dtype=torch.float64)
    drawable = sampler.probability_N > 0
    target, means = torch.from_numpy(training_set().target), []
    for _ in range(draws):
        target_RT = target[torch.randperm(len(target))[:30]].reshape(15, 2)
        drawn = sampler.draw((20,), target_RT) if shared else loss.draw_own(target_RT, torch.zeros_like(target_RT))
        means.append(loss.correct(score_N[drawn - 1], drawn).exp().mean())
    estimate, exact = torch.stack(means), score_N[drawable].exp().sum()
    standard_error = estimate.std() / draws**0.5
    assert abs(estimate.mean() - exact) < 4 * standard_error
    assert standard_error < 0.03 * exact
    if name != "uniform":  # without the correction it does not
        assert abs(score_N[drawn - 1].exp().mean() * ITEMS - exact) > 20 * standard_error


@pytest.mark.parametrize("name", choices("loss/negatives"))
def test_many_negatives_give_the_gradient_of_the_full_softmax(name):
    """As their number grows, the softmax over sampled items becomes that over all (Bengio & Senecal, 2008)."""
    sampler = by_counts(instantiate(compose_config("loss=bpr", f"loss/negatives={name}").loss.negatives))
    loss = SampledSoftmaxLoss(
        num_negatives=1, shared=True, exclude_history=False, logq_correction=True, negatives=sampler
    )
    torch.manual_seed(0)
    score_N = torch.linspace(-1, 1, ITEMS, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([4])
    drawn = sampler.draw((1, 400_000), torch.from_numpy(training_set().target)[:, None])
    own, others = (loss.correct(score_N[item - 1], item) for item in (target, drawn))
    value = loss.compare(own, others, drawn != target[:, None])
    (gradient,) = torch.autograd.grad(value, score_N)
    drawable = (sampler.probability_N > 0) & (torch.arange(1, ITEMS + 1) != target)  # the target itself is masked
    expected = torch.where(drawable, score_N.detach().exp(), 0)
    expected /= expected.sum()
    expected[target - 1] = -1
    assert_close(gradient, expected, atol=0.005, rtol=0)


def batch(row):
    """A window of user 0, who has seen everything, or of user 2."""
    user, items = ((0, [2, 4, 9, 1]), (2, [5, 6, 11]))[row]
    item_1L = torch.tensor([items])
    is_target_1L = torch.tensor([[False, row == 1, True, True][: len(items)]])
    return TrainingBatch(Histories(torch.tensor([user]), item_1L, torch.tensor([len(items)])), is_target_1L)


def prepared_recommender(attention, options):
    recommender = build_recommender(f"attention={attention}", *options)
    recommender.fit(training_set())
    return recommender


@pytest.mark.parametrize("attention", ["mean", "item"])
@pytest.mark.parametrize("negatives", choices("loss/negatives"))
@pytest.mark.parametrize("shared", ["true", "false"])
@pytest.mark.parametrize("name", ["bce", "bpr", "sampled_softmax"])
def test_a_loss_leaves_out_what_was_taken(name, shared, negatives, attention):
    """No gradient reaches an item that the only user with targets has seen, unless it is history or target."""
    options = [f"loss={name}", f"loss/negatives={negatives}", f"loss.shared={shared}", "loss.num_negatives=60"]
    recommender = prepared_recommender(attention, [*options, "loss.exclude_history=true"])
    torch.manual_seed(0)
    value, _ = recommender.loss(batch(1))
    gradient = torch.autograd.grad(value, recommender.item.weight)[0].abs().sum(dim=1) > 0
    reached = set(torch.nonzero(gradient).flatten().tolist())
    here = {5, 6, 11}  # history and targets
    assert 2 not in reached
    others = {1, 3, 4, 7, 8, 9, 10} if negatives != "in_batch" else set()  # the batch holds nothing unseen
    assert reached - here == others


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("name", ["bce", "bpr", "sampled_softmax"])
def test_a_user_without_negatives_costs_a_finite_loss(name, shared):
    """T6: the positive part is what remains."""
    options = [f"loss={name}", f"loss.shared={str(shared).lower()}", "loss.num_negatives=3"]
    recommender = prepared_recommender("mean", [*options, "loss.exclude_history=true"])
    value, targets = recommender.loss(batch(0))
    positions = recommender.positions(batch(0))
    score_P = positions.score_own(positions.target_RT.unsqueeze(-1)).flatten()
    expected = torch.nn.functional.softplus(-score_P).mean() if name == "bce" else torch.zeros(())
    assert_close(value / targets, expected, check_dtype=False)


def test_users_of_targets_for_both_kinds_of_rows():
    user_B, target_BL = torch.tensor([0, 2]), torch.tensor([[0, 9, 1], [6, 11, 0]])
    assert users_of_targets(user_B, target_BL, target_BL).tolist() == [[0, 0, 0], [2, 2, 0]]
    target_P1 = target_BL[target_BL > 0].unsqueeze(1)
    assert users_of_targets(user_B, target_BL, target_P1).tolist() == [[0], [0], [2], [2]]


def test_a_bad_alpha_names_its_key():
    with pytest.raises(ConfigError, match=r"loss.negatives.alpha: got -1"):
        PopularNegatives(alpha=-1)
