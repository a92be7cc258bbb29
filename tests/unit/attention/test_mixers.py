"""What mixers promise beside the contract: limits, equalities, and what their published forms do wrong."""

import pytest
import torch
from hydra.errors import InstantiationException
from torch.nn import functional as F
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from recexp.attention.base import Visibility
from recexp.attention.mixer.base import join_heads, split_heads
from recexp.attention.mixer.bsarec import causal_low_pass, low_frequencies
from recexp.attention.mixer.fmlp import FMLPMixer, convolution
from recexp.attention.mixer.lightsans import LightSANsMixer
from recexp.attention.mixer.linrec import LinRecMixer
from recexp.attention.mixer.performer import PerformerMixer
from recexp.attention.position.none import NoPosition
from recexp.testing import mixer_contract
from recexp.testing.small import build_recommender, every_position_scores, histories
from tests.mixers import mixer_overrides

L, D = 6, 4
NO_POSITION = NoPosition(max_history_len=L, embedding_dim=D, num_heads=1)


def scores(*overrides: str) -> torch.Tensor:
    return every_position_scores(build_recommender(*overrides).eval(), histories())


def test_a_window_as_long_as_the_history_is_softmax_attention():
    assert_close(scores("attention/mixer=local", "attention.mixer.window=6"), scores())
    assert not torch.allclose(scores("attention/mixer=local", "attention.mixer.window=2"), scores())


def performer(num_features: int, seed: int) -> PerformerMixer:
    torch.manual_seed(0)
    mixer = PerformerMixer(embedding_dim=D, num_heads=1, chunk_len=3, num_features=num_features, seed=seed).double()
    with torch.no_grad():
        for parameter in mixer.parameters():
            parameter.normal_(std=0.3)
    return mixer


def test_performer_comes_closer_to_softmax_with_more_features():
    """The error of its weights falls as the square root of the number of features, averaged over draws."""
    torch.manual_seed(1)
    x_BLD, visibility = torch.randn(1, L, D, dtype=torch.float64), Visibility(None, torch.arange(L)[None])
    errors = []
    for num_features in (16, 1024):
        found = []
        for seed in range(50):
            mixer = performer(num_features, seed)
            logit_TL = mixer.query(x_BLD[0]) @ mixer.key_value(x_BLD[0])[:, :D].mT / D**0.5
            expected = logit_TL.masked_fill(~torch.ones(L, L).tril().bool(), -torch.inf).softmax(dim=-1)
            weights = mixer.weights(x_BLD, x_BLD, visibility, NO_POSITION)[0, 0]
            found.append(((weights - expected) ** 2).mean())
        errors.append(torch.stack(found).mean().sqrt())
    few, many = errors
    assert 5 < few / many < 12  # 64 times the features, an eighth of the error


def test_random_features_are_orthogonal_and_do_not_depend_on_the_global_seed():
    first = performer(8, seed=3).frequency_FE
    torch.rand(5)
    assert torch.equal(performer(8, seed=3).frequency_FE, first)
    for block in first.split(D):
        products = block @ block.mT
        assert_close(products, products.diag().diag(), atol=1e-5, rtol=0)


def test_the_causal_convolution_is_the_direct_one():
    torch.manual_seed(0)
    x_LD, filter_LD = torch.randn(2, L, D, dtype=torch.float64).unbind()
    direct = torch.stack([sum(filter_LD[t - i] * x_LD[i] for i in range(t + 1)) for t in range(L)])
    assert_close(convolution(x_LD[None], filter_LD, period=2 * L)[0], direct)


@pytest.mark.parametrize("kept", [1, 2, 3, 9])
def test_the_causal_low_pass_is_the_published_filter_of_each_prefix(kept):
    torch.manual_seed(0)
    x_L = torch.randn(L, dtype=torch.float64)
    for length in range(1, L + 1):
        spectrum = torch.fft.rfft(x_L[:length])
        spectrum[kept:] = 0
        expected = torch.fft.irfft(spectrum, n=length)[-1]
        assert_close(causal_low_pass(L, kept)[length - 1, :length] @ x_L[:length], expected)


@pytest.mark.parametrize("kept", [1, 2, 3, 9])
def test_the_low_pass_of_a_whole_history_leaves_padding_out(kept):
    torch.manual_seed(0)
    x_BLD, length_B = torch.randn(L, L, D, dtype=torch.float64), torch.arange(1, L + 1)
    found = low_frequencies(x_BLD, torch.arange(L) < length_B[:, None], kept)
    for row, length in enumerate(length_B.tolist()):
        spectrum = torch.fft.rfft(x_BLD[row, :length], dim=0)
        spectrum[kept:] = 0
        assert_close(found[row, :length], torch.fft.irfft(spectrum, n=length, dim=0))


def test_linrec_is_the_published_form_at_the_newest_position():
    recommender = build_recommender("attention/mixer=linrec", "~attention/similarity", "attention.num_heads=1")
    mixer = recommender.attention.blocks[0].mixer
    torch.manual_seed(0)
    x_BLD = torch.randn(1, L, 8, dtype=torch.float64)
    query, (key, value) = F.elu(mixer.query(x_BLD)), mixer.key_value(x_BLD).chunk(2, dim=-1)
    key = F.elu(key)
    published = (query / query.norm(dim=-1, keepdim=True)) @ ((key / key.norm(dim=1, keepdim=True)).mT @ value)
    found = mixer(x_BLD, x_BLD, Visibility(None, torch.arange(L)[None]), NO_POSITION)
    assert_close(found[:, -1], mixer.out(published / 8**0.5)[:, -1])


class LargestTensor(TorchDispatchMode):
    """Of the results of all operations, in bytes."""

    size = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor):
                self.size = max(self.size, tensor.untyped_storage().nbytes())
        return out


def largest_tensor(name: str, length: int) -> int:
    """In a forward and backward pass of a mixer."""
    recommender = build_recommender(*mixer_overrides(name), f"max_history_len={length}", "attention.num_blocks=1")
    mixer = recommender.attention.blocks[0].mixer
    x_BLD = torch.randn(1, length, 8, dtype=torch.float64, requires_grad=True)
    with LargestTensor() as largest:
        mixer(x_BLD, x_BLD, Visibility(None, torch.arange(length)[None]), NO_POSITION).sum().backward()
    return largest.size


@pytest.mark.parametrize("name", ["local", "linear", "performer", "linrec", "lightsans", "fmlp", "mamba"])
def test_no_tensor_grows_faster_than_the_history(name):
    assert largest_tensor(name, 512) <= 2.1 * largest_tensor(name, 256)


def test_a_matrix_of_all_pairs_grows_faster():
    """So that the test above could fail."""
    assert largest_tensor("bsarec", 512) > 3.5 * largest_tensor("bsarec", 256)


# --- T31: the published forms of three models in the place of ours


def published_linrec(mixer, query_BTD, memory_BLD, visibility, position):
    """The length of a channel of the keys is that over the whole row."""
    key_BLD, value_BLD = mixer.key_value(memory_BLD).chunk(2, dim=-1)
    query, key, value = (split_heads(x, mixer.head_dim) for x in (mixer.query(query_BTD), key_BLD, value_BLD))
    weights = F.normalize(F.elu(query), dim=-1) @ F.normalize(F.elu(key), dim=2).mT / mixer.head_dim**0.5
    return mixer.out(join_heads(weights @ value))


def published_lightsans(mixer, query_BTD, memory_BLD, visibility, position):
    """An interest is a mean over the whole row."""
    key_BLD, value_BLD = mixer.key_value(memory_BLD).chunk(2, dim=-1)
    query, key, value = (split_heads(x, mixer.head_dim) for x in (mixer.query(query_BTD), key_BLD, value_BLD))
    key = mixer.key_interest(key).softmax(dim=2).mT @ key
    value = mixer.value_interest(value).softmax(dim=2).mT @ value
    return mixer.out(join_heads((query @ key.mT / mixer.head_dim**0.5).softmax(dim=-1) @ value))


def published_fmlp(mixer, query_BTD, memory_BLD, visibility, position):
    """The convolution wraps round at the end of the row."""
    length = memory_BLD.shape[1]
    out_BLD = convolution(memory_BLD, mixer.filter_LD[:length], period=length)
    return out_BLD.gather(1, visibility.position_BT.unsqueeze(-1).expand(*query_BTD.shape))


PUBLISHED = [
    ("linrec", LinRecMixer, published_linrec),
    ("lightsans", LightSANsMixer, published_lightsans),
    ("fmlp", FMLPMixer, published_fmlp),
]


@pytest.mark.parametrize(("name", "kind", "published"), PUBLISHED, ids=[name for name, *_ in PUBLISHED])
def test_the_contract_fails_the_published_form(name, kind, published, monkeypatch):
    """T31: it sees later items, and padding; ours passes in tests/contract/test_parts.py."""
    monkeypatch.setattr(kind, "forward", published)
    contract = mixer_contract(f"attention/mixer={name}")()
    with pytest.raises(AssertionError, match="Tensor-likes are not close"):
        contract.test_a_query_sees_what_the_objective_allows()
    with pytest.raises(AssertionError, match="Tensor-likes are not close"):
        contract.test_padding_and_batch_mates_change_nothing()


def test_mamba_reads_the_past_alone():
    with pytest.raises(InstantiationException, match="reads the past alone"):
        build_recommender("attention/mixer=mamba", "~attention/similarity", "objective=cloze")


# --- Transformer-XL

FULL = ("attention/mixer=transformer_xl", "~attention/similarity", "attention/position=none")


@pytest.mark.parametrize("segment_len", [1, 2, 4, 6])
def test_a_memory_as_long_as_the_history_is_one_pass_over_the_whole(segment_len):
    """In every block, since the second reads the first."""
    xl = build_recommender("attention=transformer_xl", f"attention.segment_len={segment_len}").eval()
    whole = build_recommender(*FULL).eval()
    whole.load_state_dict(xl.state_dict())
    assert_close(every_position_scores(xl, histories()), every_position_scores(whole, histories()))


def test_a_short_memory_forgets():
    options = [
        "attention=transformer_xl",
        "attention.segment_len=2",
        "attention.memory_len=1",
        "attention.num_blocks=1",
    ]
    recommender = build_recommender(*options).eval()
    full = histories([[3, 1, 4, 2, 5, 9]])
    changed = full._replace(item_BL=torch.tensor([[8, 1, 4, 2, 5, 9]]))
    moved = (every_position_scores(recommender, changed) - every_position_scores(recommender, full)).abs().sum(dim=-1)
    assert (moved[0] > 0).tolist() == [True, True, False, False, False, False]


def test_the_memory_is_of_the_same_history():
    """The same row in a batch of others gives the same scores and gradients of its own items alone."""
    recommender = build_recommender("attention=transformer_xl", "attention.segment_len=2").eval()
    both = histories([[3, 1, 4, 2, 5, 9], [7, 8, 10, 6, 11, 8]])
    history = recommender.embed(both)
    item_BLD = history.item_BLD.detach().requires_grad_()
    context = recommender.attention.encode(history._replace(item_BLD=item_BLD), every_position=True).context_RTD
    (grad_BLD,) = torch.autograd.grad(context[0].sum(), item_BLD)
    assert grad_BLD[0].abs().sum() > 0
    assert (grad_BLD[1] == 0).all()
