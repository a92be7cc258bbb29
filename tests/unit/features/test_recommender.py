"""Features in the recommender: whatever the attention, the scorer, the loss and the fusion."""

import pytest
import torch
from hydra.utils import instantiate
from torch.testing import assert_close

import recexp.nn.chunking
from recexp.batching.batches import RankingBatch, SeenItems
from recexp.config.compose import choices
from recexp.data.side_information import SideInformation
from recexp.errors import ConfigError, RunError
from recexp.evaluation import blocks
from recexp.features.choice import Features
from recexp.features.embedding import FusedItemEmbedding
from recexp.fusion.none import NoFusion
from recexp.fusion.sum import SumFusion
from recexp.metric.mrr import MRR
from recexp.recommender.popularity import Popularity
from recexp.testing.small import (
    LENGTH,
    NUM_ITEMS,
    build_recommender,
    compose_config,
    cut,
    every_position_scores,
    histories,
    training_batch,
    training_set,
)
from recexp.training.module import RecommenderModule
from tests.unit.features.side_information import CONTEXT, NONE, featured, item_columns, user_columns, with_context

ATTENTIONS, FUSIONS = choices("attention"), choices("fusion")


def full():
    return with_context(histories())


def loss_of(recommender, name, shared="true"):
    more = [f"loss.shared={shared}"] if name != "cross_entropy" else []
    loss = instantiate(compose_config(f"loss={name}", *more).loss)
    loss.prepare(training_set())
    recommender.loss_function = loss
    batch = training_batch()
    torch.manual_seed(7)
    total, targets = recommender.loss(batch._replace(windows=with_context(batch.windows)))
    return total / targets


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
        assert (recommender.context.weight.grad[0] == 0).all()


@pytest.mark.parametrize("fusion", FUSIONS)
def test_padding_is_zero_and_teaches_nothing(fusion):
    recommender = featured("attention=fdsa", fusion=fusion)
    vector_RD = recommender.item(torch.tensor([0, 0]))
    assert (vector_RD == 0).all()
    vector_RD.sum().backward()
    gradients = [parameter.grad for parameter in recommender.item.parameters()]
    assert all(gradient is None or (gradient == 0).all() for gradient in gradients)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_padding_and_batch_mates_change_nothing(attention):
    recommender = featured(f"attention={attention}").eval()
    together = recommender.score(full())
    for row, length in enumerate(full().length_B.tolist()):
        assert_close(together[[row]], recommender.score(cut(full().rows(torch.tensor([row])), length)))


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_training_and_ranking_score_alike(attention):
    recommender = featured(f"attention={attention}").eval()
    trained = every_position_scores(recommender, full())[torch.arange(4), full().length_B - 1]
    assert_close(trained, recommender.score(full()))


def test_the_future_context_changes_nothing():
    recommender = featured().eval()
    before = every_position_scores(recommender, full())
    context_BLF = full().context_BLF.clone()
    context_BLF[0, -1] = 1
    after = every_position_scores(recommender, full()._replace(context_BLF=context_BLF))
    assert_close(after[0, : LENGTH - 1], before[0, : LENGTH - 1])
    assert not torch.equal(after[0, -1], before[0, -1])


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
    cooks = full()._replace(user_B=torch.tensor([0, 3, 2, 1]))
    before = recommender.score(cooks)
    with torch.no_grad():
        recommender.user.features[0].weight_VD[1] *= -1  # of cooks: users 0 and 3
    after = recommender.score(cooks)
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
    rich = build(Features(item=item_columns(), user=NONE, context=CONTEXT))
    assert len(rich) > len(plain)
    assert all(torch.equal(rich[name], value) for name, value in plain.items())


def test_concatenation_begins_as_the_sum():
    found = []
    for fusion in ("sum", "concat"):
        recommender = build_recommender()
        torch.manual_seed(1)
        recommender.add_features(
            Features(item=item_columns(), user=NONE, context=()), instantiate(compose_config(f"fusion={fusion}").fusion)
        )
        found.append(recommender.double().eval().score(histories()))
    assert_close(found[0], found[1])


def test_features_of_users_nobody_looks_at_are_refused():
    with pytest.raises(
        ConfigError, match=r"got job of users, whom TransformerAttention never looks at; .*attention=user"
    ):
        build_recommender().add_features(Features(item=NONE, user=user_columns(), context=()), SumFusion)


@pytest.mark.parametrize("kind", ["item", "user"])
def test_features_that_would_reach_nothing_are_refused(kind):
    """Those of items reach an attention that reads them; those of users have no other way than fusion."""
    columns = {"item": NONE, "user": NONE} | {kind: item_columns() if kind == "item" else user_columns()}
    with pytest.raises(ConfigError, match=r"fusion: got none, with which (genres, price|job) would reach nothing"):
        build_recommender("attention=user").add_features(Features(**columns, context=()), NoFusion)


@pytest.mark.parametrize("attention", ["nova", "attention@attention.encoder=nova"])
def test_an_attention_that_reads_features_refuses_to_do_without(attention):
    override = [f"attention={attention}"] if attention == "nova" else ["attention=core", attention]
    recommender = instantiate(compose_config(*override).recommender, num_items=11, num_users=4)
    with pytest.raises(ConfigError, match=r"features: got none of items, but (NOVA|CORE)Attention reads them"):
        recommender.fit(training_set())


@pytest.mark.parametrize("attention", ["nova", "dif_sr", "fdsa"])
def test_without_fusion_features_change_the_weights_and_no_vector(attention):
    recommender = build_recommender(f"attention={attention}", "fusion=none").eval()
    item_ND, score_BN = recommender.item.catalogue(), recommender.score(histories())
    with torch.no_grad():
        recommender.item.features[0].weight_VD.mul_(-1)
    assert torch.equal(recommender.item.catalogue(), item_ND)
    assert (recommender.score(histories()) != score_BN)[0].all()


def test_a_recommender_of_ids_alone_refuses():
    with pytest.raises(ConfigError, match=r"got genres, price, gap, hour, but Popularity learns from ids alone"):
        Popularity(num_items=3, num_users=2).add_features(
            Features(item=item_columns(), user=NONE, context=CONTEXT), SumFusion
        )


def test_weights_do_not_meet_other_values_than_they_learned_with():
    state = featured().state_dict()
    featured().load_state_dict(state)
    known = item_columns()
    other = SideInformation({**known.series, "price": known.series["price"] + 1}, known.kinds)
    recommender = build_recommender()
    recommender.add_features(Features(item=other, user=NONE, context=CONTEXT), SumFusion)
    with pytest.raises(RunError, match="has changed since these weights were learned"):
        recommender.load_state_dict(state)


def test_the_catalogue_is_fused_once_for_all_blocks_of_a_batch(monkeypatch):
    """With features that takes longer than to score the few users of a block, where the catalogue is large."""
    recommender, fused = featured("attention=item").eval(), []
    catalogue = FusedItemEmbedding.catalogue
    monkeypatch.setattr(FusedItemEmbedding, "catalogue", lambda self: fused.append(1) or catalogue(self))
    monkeypatch.setattr(blocks, "users_per_block", lambda *arguments: 1)
    module = RecommenderModule(
        recommender=recommender, num_items=NUM_ITEMS, optimizer=None, scheduler=None, metrics=[MRR()], ks=[5], seed=0,
        run_hash="",
    )  # fmt: skip
    module.on_validation_epoch_start()
    nothing, target_B = torch.zeros(0, dtype=torch.long), torch.tensor([1, 2, 3, 4])
    batch = RankingBatch(target_B, full(), target_B, SeenItems(nothing, nothing), None)
    for number in range(3):
        with torch.no_grad():
            module.validation_step(batch, number)
    assert len(fused) == 3
    assert len(module.evaluator.frame()) == 12


def test_the_catalogue_is_kept_no_longer_than_the_weights():
    recommender = featured("attention=item").eval()
    with torch.no_grad():
        before = recommender.score(full())
        with recommender.ranking():
            assert torch.equal(recommender.score(full()), before)
        recommender.item.ids.weight[1:] += 1
        assert not torch.allclose(recommender.score(full()), before)
