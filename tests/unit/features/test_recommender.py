"""Features in the recommender: whatever the attention, the scorer, the loss and the fusion."""

import pytest
import torch
from hydra.utils import instantiate
from torch.testing import assert_close

import recexp.nn.chunking
from recexp.config.compose import choices
from recexp.data.side_information import SideInformation
from recexp.errors import ConfigError, RunError
from recexp.features.choice import Features
from recexp.fusion.sum import SumFusion
from recexp.recommender.popularity import Popularity
from recexp.testing.small import LENGTH, NUM_ITEMS, build_recommender, compose_config, histories, training_set
from tests.unit.features.side_information import MOMENT, NONE, featured, item_columns, moments, user_columns

TARGETS = torch.tensor([[1, 4, 2, 5, 9, 11], [7, 6, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0, 3, 10, 2, 0, 0]])
ATTENTIONS, FUSIONS = choices("attention"), choices("fusion")


def training_scores(recommender, user_B, history_BL):
    rows, _ = recommender.encode(user_B, history_BL, torch.ones_like(history_BL), moments(history_BL))
    return recommender.score(rows, recommender.item.catalogue()).reshape(*history_BL.shape, NUM_ITEMS)


def loss_of(recommender, name, shared="true"):
    more = [f"loss.shared={shared}"] if name != "cross_entropy" else []
    loss = instantiate(compose_config(f"loss={name}", *more).loss)
    loss.prepare(training_set())
    user_B, history_BL = histories()
    rows, target_RT = recommender.encode(user_B, history_BL, TARGETS, moments(history_BL))
    torch.manual_seed(7)
    return loss(recommender, rows, target_RT)


@pytest.mark.parametrize("scorer", choices("scorer"))
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_features_reach_every_attention_and_scorer(attention, scorer):
    """Each weight of a feature learns from the loss over the catalogue and from sampled ones; padding does not."""
    recommender = featured(f"attention={attention}", f"scorer={scorer}")
    for name, shared in (("cross_entropy", None), ("bpr", "true"), ("bpr", "false")):
        recommender.zero_grad()
        loss_of(recommender, name, shared).backward()
        for key, parameter in recommender.named_parameters():
            assert parameter.grad is not None, key
            assert parameter.grad.abs().sum() > 0, key
        assert (recommender.item.ids.weight.grad[0] == 0).all()
        assert (recommender.moment.weight.grad[0] == 0).all()


@pytest.mark.parametrize("fusion", FUSIONS)
def test_padding_is_zero_and_teaches_nothing(fusion):
    recommender = featured(fusion=fusion)
    vector_RD = recommender.item(torch.tensor([0, 0]))
    assert (vector_RD == 0).all()
    vector_RD.sum().backward()
    assert all((parameter.grad == 0).all() for parameter in recommender.item.parameters())


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_padding_and_batch_mates_change_nothing(attention):
    recommender = featured(f"attention={attention}").eval()
    user_B, history_BL = histories()
    context_BLF = moments(history_BL)
    together = recommender.score_catalogue(user_B, history_BL, context_BLF)
    for row, length in enumerate((history_BL > 0).sum(1).tolist()):
        alone = recommender.score_catalogue(user_B[[row]], history_BL[[row], :length], context_BLF[[row], :length])
        assert_close(together[[row]], alone)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_training_and_ranking_score_alike(attention):
    recommender = featured(f"attention={attention}").eval()
    user_B, history_BL = histories()
    last_B = (history_BL > 0).sum(1) - 1
    trained = training_scores(recommender, user_B, history_BL)[torch.arange(4), last_B]
    assert_close(trained, recommender.score_catalogue(user_B, history_BL, moments(history_BL)))


def test_the_future_moment_changes_nothing():
    recommender = featured().eval()
    user_B, history_BL = histories()
    context_BLF, before = moments(history_BL), training_scores(recommender, user_B, history_BL)
    context_BLF[0, -1] = 1
    rows, _ = recommender.encode(user_B, history_BL, torch.ones_like(history_BL), context_BLF)
    after = recommender.score(rows, recommender.item.catalogue()).reshape(before.shape)
    assert_close(after[0, : LENGTH - 1], before[0, : LENGTH - 1])
    assert not torch.allclose(after[0, -1], before[0, -1])


@pytest.mark.parametrize("name", ["cross_entropy", "bpr"])
def test_chunks_change_neither_loss_nor_gradient(name, monkeypatch):
    recommender, found = featured("attention=item"), []
    for elements in (1, 150, 1 << 19):
        monkeypatch.setattr(recexp.nn.chunking, "CPU_CHUNK_ELEMENTS", elements)
        loss = loss_of(recommender, name, "false")
        found.append([loss.detach(), *torch.autograd.grad(loss, list(recommender.parameters()))])
    assert_close(found[0], found[2], rtol=1e-5, atol=1e-6)
    assert_close(found[1], found[2], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("attention", ["user", "interaction"])
def test_what_is_known_of_a_user_reaches_their_scores_alone(attention):
    recommender = featured(f"attention={attention}").eval()
    _, history_BL = histories()
    cooks, context_BLF = torch.tensor([0, 3, 2, 1]), moments(history_BL)
    before = recommender.score_catalogue(cooks, history_BL, context_BLF)
    with torch.no_grad():
        recommender.user.features[0].weight_VD[1] *= -1  # of cooks: users 0 and 3
    after = recommender.score_catalogue(cooks, history_BL, context_BLF)
    assert (before != after).all(dim=1).tolist() == [True, True, False, False]


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_all_other_weights_begin_as_without_features(attention):
    def build(features):
        torch.manual_seed(0)
        recommender = instantiate(compose_config(f"attention={attention}").recommender, num_items=11, num_users=4)
        if features is not None:
            recommender.add_features(features, SumFusion)
        return {name.replace(".ids.", "."): value for name, value in recommender.named_parameters()}

    plain = build(None)
    rich = build(Features(item=item_columns(), user=NONE, moment=MOMENT))
    assert len(rich) > len(plain)
    assert all(torch.equal(rich[name], value) for name, value in plain.items())


def test_concatenation_begins_as_the_sum():
    user_B, history_BL = histories()
    found = []
    for fusion in ("sum", "concat"):
        recommender = build_recommender()
        torch.manual_seed(1)
        recommender.add_features(
            Features(item=item_columns(), user=NONE, moment=()), instantiate(compose_config(f"fusion={fusion}").fusion)
        )
        found.append(recommender.double().eval().score_catalogue(user_B, history_BL))
    assert_close(found[0], found[1])


def test_features_of_users_nobody_looks_at_are_refused():
    with pytest.raises(
        ConfigError, match=r"got job of users, whom TransformerAttention never looks at; .*attention=user"
    ):
        build_recommender().add_features(Features(item=NONE, user=user_columns(), moment=()), SumFusion)


def test_a_recommender_of_ids_alone_refuses():
    with pytest.raises(ConfigError, match=r"got genres, price, gap, hour, but Popularity learns from ids alone"):
        Popularity(num_items=3, num_users=2).add_features(
            Features(item=item_columns(), user=NONE, moment=MOMENT), SumFusion
        )


def test_weights_do_not_meet_other_values_than_they_learned_with():
    state = featured().state_dict()
    featured().load_state_dict(state)
    known = item_columns()
    other = SideInformation({**known.series, "price": known.series["price"] + 1}, known.kinds)
    recommender = build_recommender()
    recommender.add_features(Features(item=other, user=NONE, moment=MOMENT), SumFusion)
    with pytest.raises(RunError, match="has changed since these weights were learned"):
        recommender.load_state_dict(state)
