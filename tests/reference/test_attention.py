"""Scores and gradients of every variant, with every part it can have, against loops over single vectors."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from recexp.batching.histories import MASK
from recexp.config.compose import choices
from recexp.testing.small import (
    LENGTH,
    build_recommender,
    compose_config,
    every_position_scores,
    histories,
)
from tests.mixers import mixer_class, mixer_overrides
from tests.reference import naive
from tests.reference.blocks import FEED_FORWARDS, RESIDUALS

ATTENTIONS = choices("attention")
GROUPS = ("position", "similarity", "pooling", "key_bias", "feed_forward", "residual", "time")  # mixers: see below
CONTEXTS, MIXERS = naive.references("contexts", "context"), naive.references("mixers", "mix")
DEFAULTS = naive.Parts()
XL = naive.Parts(mixer="transformer_xl", position="none")  # the defaults of attention=transformer_xl
CANDIDATES = (1, 5, 10)


def parts_of(attention):
    """The groups of parts that a variant has, and their choices."""
    node = compose_config(f"attention={attention}").attention
    return {group: choices(f"attention/{group}") for group in GROUPS if group in node}


# Scorers differ where candidates weigh the history; all attentions that give contexts are scored by the same code.
WITH_ALL_SCORERS = ("user", "item", "interaction")
CASES = [
    (attention, {}, scorer)
    for attention in ATTENTIONS
    for scorer in (choices("scorer") if attention in WITH_ALL_SCORERS else ["dot"])
]
CASES += [
    (attention, {group: choice}, "dot")
    for attention in ATTENTIONS
    for group, names in parts_of(attention).items()
    for choice in names
    if (attention, choice) not in {("item", "rotary"), ("item", "alibi"), ("item", "relative")}  # refused
    if not (attention == "transformer_xl" and choice in ("rotary", "alibi", "relative"))  # its mixer has its own
]
IDS = [f"{attention}-{'-'.join(*parts.items()) if parts else scorer}" for attention, parts, scorer in CASES]


def features_of(recommender, item):
    """The vectors of an item's features, which tests/reference/test_features.py compares with loops."""
    return recommender.item.feature_vectors(torch.tensor([max(item, 0)]))[0]


def vector_of(recommender, item, fusion):
    """Of an item of a history or a candidate, from the vectors of its id and its features."""
    if item == MASK:
        return recommender.mask.weight
    if not recommender.attention.needs_features:
        return recommender.item.weight[item]
    features = list(features_of(recommender, item))
    return naive.FUSIONS[fusion](recommender.item.fusion, recommender.item.ids.weight[item], features)


def naive_scores(recommender, attention, parts, scorer, full, fusion):
    """{(row, position): scores of CANDIDATES} for real positions."""
    found = {}
    for row, user in enumerate(full.user_B.tolist()):
        real = [i for i in full.item_BL[row].tolist() if i]
        items = [vector_of(recommender, i, fusion) for i in real]
        features = [features_of(recommender, i) for i in real] if recommender.attention.needs_features else []
        vector = None if recommender.user is None else recommender.user.weight[user]
        for place in range(len(items)):
            seen = slice(place + 1 if parts.causal else len(items))
            scores = []
            for number in CANDIDATES:
                visible = naive.Row(
                    items=items[seen],
                    item_idx=real[seen],
                    times=full.time_BL[row].tolist()[seen],
                    features=features[seen],
                    user=vector,
                    candidate=vector_of(recommender, number, fusion),
                    candidate_idx=number,
                )
                context = CONTEXTS[attention](recommender.attention, parts, visible, place)
                scores.append(naive.score(scorer, recommender.scorer, context, visible.candidate))
            found[row, place] = torch.stack(scores)
    return found


def check(recommender, attention, parts=DEFAULTS, scorer="dot", full=None, fusion="sum"):
    full = histories([[3, 1, 4, 2], [2, 7, 0, 0]]) if full is None else full
    expected = naive_scores(recommender, attention, parts, scorer, full, fusion)
    score_BLC = every_position_scores(recommender, full)[..., [number - 1 for number in CANDIDATES]]
    torch.manual_seed(0)
    probe = torch.randn(len(expected), len(CANDIDATES), dtype=torch.float64)
    places = tuple(torch.tensor(list(expected)).T)
    # Positions are float32 tables where they are fixed, so that every device can hold them.
    rounded = parts.position in ("sinusoidal", "rotary") or parts.mixer in ("bsarec", "transformer_xl")
    tolerance = {"rtol": 1e-5, "atol": 1e-5} if rounded else {}
    assert_close(score_BLC[places], torch.stack(list(expected.values())), **tolerance)

    parameters = [p for p in recommender.parameters() if p.requires_grad]
    gradients = torch.autograd.grad((score_BLC[places] * probe).sum(), parameters, materialize_grads=True)
    naive_loss = (torch.stack(list(expected.values())) * probe).sum()
    naive_gradients = torch.autograd.grad(naive_loss, parameters, materialize_grads=True)
    for gradient, expected_gradient in zip(gradients, naive_gradients, strict=True):
        assert_close(gradient, expected_gradient, **tolerance)


def test_every_part_that_is_shipped_has_its_loops():
    """A variant, mixer, position or similarity without a naive reference is a fault, not a test that is skipped."""
    assert set(ATTENTIONS) == set(CONTEXTS)
    assert set(choices("attention/mixer")) == set(MIXERS)
    assert set(choices("attention/similarity")) == set(naive.SIMILARITIES)
    assert set(choices("attention/pooling")) == set(naive.POOLINGS)
    assert set(choices("attention/key_bias")) == set(naive.KEY_BIASES)
    assert set(choices("attention/residual")) == set(RESIDUALS)
    assert set(choices("attention/feed_forward")) == {*FEED_FORWARDS, "none"}
    assert set(choices("attention/time")) == set(naive.TIMES)
    assert set(choices("attention/position")) == {*naive.ADD, *naive.ROTATE, *naive.BIAS, "none"}


@pytest.mark.parametrize(("attention", "parts", "scorer"), CASES, ids=IDS)
def test_scores_and_gradients(attention, parts, scorer):
    overrides = [f"attention/{group}={choice}" for group, choice in parts.items()]
    recommender = build_recommender(f"attention={attention}", *overrides, f"scorer={scorer}")
    check(recommender, attention, replace(XL if attention == "transformer_xl" else DEFAULTS, **parts), scorer)


# Options of mixers by which all of their paths are taken; their defaults are those of `test_mixer`.
MIXER_OPTIONS = {
    "linear": [f"attention.mixer.chunk_len={chunk_len}" for chunk_len in (1, 3)],
    "local": [f"attention.mixer.window={window}" for window in (1, 2, 3)],
    "performer": [f"attention.mixer.chunk_len={chunk_len}" for chunk_len in (1, 3)],
    "linrec": [f"attention.mixer.chunk_len={chunk_len}" for chunk_len in (1, 3)],
    "mamba": [f"attention.mixer.chunk_len={chunk_len}" for chunk_len in (1, 3)],
    "tisasrec": ["attention.mixer.max_interval=2"],
    "fuxi": ["attention.mixer.time=false", "attention.mixer.num_buckets=20"],
}


@pytest.mark.parametrize(
    ("mixer", "option"), [(name, option) for name in MIXER_OPTIONS for option in MIXER_OPTIONS[name]]
)
def test_options_of_mixers(mixer, option):
    check(build_recommender(*mixer_overrides(mixer), option), "transformer", naive.Parts(mixer=mixer))


@pytest.mark.parametrize("window", [1, 2, 3])
def test_local_attention_from_both_sides(window):
    recommender = build_recommender(*mixer_overrides("local"), f"attention.mixer.window={window}", "objective=cloze")
    full = histories([[3, 1, MASK, 2, 8]])._replace(length_B=torch.tensor([5]))
    check(recommender, "transformer", naive.Parts(mixer="local", causal=False), full=full)


@pytest.mark.parametrize("position", ["rotary", "relative", "alibi"])
def test_local_attention_compares_positions(position):
    options = [*mixer_overrides("local"), "attention.mixer.window=2", f"attention/position={position}"]
    recommender = build_recommender(*options)
    check(recommender, "transformer", naive.Parts(mixer="local", position=position))


@pytest.mark.parametrize(
    "options", [["attention.segment_len=2", "attention.memory_len=1"], ["attention.segment_len=1"]]
)
def test_transformer_xl_segments(options):
    recommender = build_recommender("attention=transformer_xl", *options)
    check(recommender, "transformer_xl", XL)


def test_intervals_of_tisasrec_where_gaps_shrink():
    """And where items share a time, or all of them do."""
    recommender = build_recommender(*mixer_overrides("tisasrec"), "attention.mixer.max_interval=9")
    full = histories([[3, 1, 4, 2], [2, 7, 5, 0]])
    full = full._replace(time_BL=torch.tensor([[5, 905, 1005, 1019], [8, 8, 8, 0]]))
    check(recommender, "transformer", naive.Parts(mixer="tisasrec"), full=full)


def mixer_cases():
    """Each mixer alone, and with the kinds of position and time that it can have."""
    for mixer in MIXERS:
        kind = mixer_class(mixer)
        yield mixer, "learned", "none"
        if kind.relative_positions:
            yield from ((mixer, position, "none") for position in ("relative", "rotary"))
        if kind.time_bias:
            yield from ((mixer, position, "buckets") for position in ("none", "relative"))


@pytest.mark.parametrize("causal", [True, False], ids=["causal", "both_sides"])
@pytest.mark.parametrize(("mixer", "position", "time"), mixer_cases())
def test_mixer(mixer, position, time, causal):
    """From both sides under `objective=cloze`: hidden items among the others, every position sees all."""
    options = (*mixer_overrides(mixer), f"attention/position={position}", f"attention/time={time}")
    parts = naive.Parts(mixer=mixer, position=position, time=time, causal=causal)
    if causal:
        return check(build_recommender(*options), "transformer", parts)
    if not mixer_class(mixer).bidirectional:
        return pytest.skip("refused: it reads the past alone")
    recommender = build_recommender("objective=cloze", *options)
    full = histories([[3, 1, MASK, 2], [MASK, 7, 0, 0]])._replace(length_B=torch.tensor([4, 2]))
    for row in (0, 1):
        check(recommender, "transformer", parts, full=full.rows(slice(row, row + 1)))


@pytest.mark.parametrize("attention", ["personalised", "nova", "dif_sr", "fdsa"])
def test_other_attentions_from_both_sides(attention):
    recommender = build_recommender(f"attention={attention}", "objective=cloze")
    full = histories([[3, 1, MASK, 2]])
    check(recommender, attention, naive.Parts(causal=False), full=full._replace(length_B=torch.tensor([4])))


@pytest.mark.parametrize("attention", ["nova", "dif_sr", "fdsa"])
def test_features_reach_the_attention_alone(attention):
    check(build_recommender(f"attention={attention}", "fusion=none"), attention, fusion="none")


@pytest.mark.parametrize("fusion", ["concat", "gate"])
def test_nova_fuses_in_every_way(fusion):
    recommender = build_recommender("attention=nova", f"fusion@attention.fusion={fusion}")
    check(recommender, "nova", naive.Parts(fusion=fusion))


@pytest.mark.parametrize("scorer", ["dot", "bilinear", "mlp"])
def test_heads_of_the_item_side(scorer):
    """Each has keys, queries and a slope of its own; the values of all heads are added."""
    parts = naive.Parts(pooling="smoothed", key_bias="time_slope")
    options = ["attention.num_heads=2", "attention/pooling=smoothed", "attention/key_bias=time_slope"]
    check(build_recommender("attention=item", *options, f"scorer={scorer}"), "item", parts, scorer)


@pytest.mark.parametrize("scorer", ["dot", "mlp"])
@pytest.mark.parametrize("attention", ["sim", "eta", "twin"])
def test_a_search_finds_fewer_items_than_there_are(attention, scorer):
    """In each of two heads; a few bits, so that distances are often equal."""
    options = [
        "attention.k=2",
        "attention.target.num_heads=2",
        *(["attention.num_bits=3"] if attention == "eta" else []),
    ]
    check(build_recommender(f"attention={attention}", *options, f"scorer={scorer}"), attention, scorer=scorer)


@pytest.mark.parametrize("scorer", ["dot", "mlp"])
def test_hash_tables_with_many_buckets(scorer):
    """Most are empty."""
    recommender = build_recommender("attention=sdim", "attention.num_bits=5", f"scorer={scorer}")
    check(recommender, "sdim", scorer=scorer)


@pytest.mark.parametrize("asking", ["attention.last_item=false", "attention.user=false"])
def test_user_or_item_alone_is_the_query(asking):
    check(build_recommender("attention=user", asking), "user")


@pytest.mark.parametrize("place", ["input", "output"])
@pytest.mark.parametrize("combine", ["add", "concat"])
def test_personalised(place, combine):
    options = [f"attention.place={place}", f"attention.combine={combine}"]
    check(build_recommender("attention=personalised", *options), "personalised")


@pytest.mark.parametrize("recent", [1, 2, 3])
def test_shan_with_older_and_newest_items(recent):
    check(build_recommender("attention=shan", f"attention.recent={recent}"), "shan")


def test_fixed_positions_are_the_formulas_to_float32():
    for place in range(LENGTH):
        position = build_recommender("attention/position=sinusoidal").attention.position
        expected = naive.sinusoidal(position, torch.zeros(8, dtype=torch.float64), place)
        assert_close(position.table_LD[place], expected, atol=1e-8, rtol=1e-6)
