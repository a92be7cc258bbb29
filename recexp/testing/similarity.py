"""What every similarity promises. Letters: B rows, H heads, T queries, L keys, D their size."""

from typing import ClassVar

import torch
from hydra.utils import instantiate
from torch import Tensor
from torch.testing import assert_close

from recexp.attention.similarity.base import Similarity
from recexp.testing.small import compose_config, with_large_weights

B, H, L, D = 2, 3, 5, 4


class SimilarityContract:
    overrides: ClassVar[tuple[str, ...]]
    config_dir: ClassVar[str | None]

    def build(self) -> Similarity:
        """In float64, with weights large enough to matter."""
        torch.manual_seed(0)
        make = instantiate(compose_config(*self.overrides, config_dir=self.config_dir).attention.similarity)
        return with_large_weights(make(dim=D)).eval()

    def test_a_pair_alone_has_the_same_logit(self) -> None:
        """T17: nothing depends on the other queries, keys, heads or rows; free axes broadcast."""
        similarity, query_BHLD, key_BHLD = self.build(), vectors(B, H, L), vectors(B, H, L, seed=1)
        logit_BHLL = similarity(query_BHLD, key_BHLD)
        assert logit_BHLL.shape == (B, H, L, L)
        assert logit_BHLL.dtype == query_BHLD.dtype
        for row in range(B):
            assert_close(similarity(query_BHLD[row, 1, [2]], key_BHLD[row, 1, [4]]), logit_BHLL[row, 1, [2], [4]][None])
        assert_close(similarity(query_BHLD[:, :1], key_BHLD)[:, 0], logit_BHLL[:, 0])
        assert_close(similarity(query_BHLD[0, 0], key_BHLD[0, 0]), logit_BHLL[0, 0])

    def test_queries_and_keys_are_told_apart(self) -> None:
        logit_LL = self.build()(vectors(L), vectors(L, seed=1))
        assert logit_LL.std(dim=0).min() > 1e-3
        assert logit_LL.std(dim=1).min() > 1e-3

    def test_weights_stay_on_what_is_kept(self) -> None:
        """T16: not negative, 0 where not kept, zeros where nothing is; without a mask they are causal."""
        similarity, query_BLD, key_BLD = self.build(), vectors(B, L), vectors(B, L, seed=1)
        causal_LL = torch.ones(L, L, dtype=torch.bool).tril()
        nothing_LL = torch.zeros_like(causal_LL)
        for keep_LL, given in ((causal_LL, None), (causal_LL.flip(0), causal_LL.flip(0)), (nothing_LL, nothing_LL)):
            weight_BLL = similarity.weights(query_BLD, key_BLD, given)
            assert weight_BLL.shape == (B, L, L)
            assert torch.isfinite(weight_BLL).all()
            assert (weight_BLL >= 0).all()
            assert (weight_BLL[:, ~keep_LL] == 0).all()
            assert (weight_BLL.sum(dim=-1) > 0).equal(keep_LL.any(dim=-1).expand(B, L))

    def test_it_attends_by_its_weights(self) -> None:
        """Whatever kernel computes it, with and without a mask and a bias."""
        similarity, query_BLD, key_BLD, value_BLD = (
            self.build(),
            vectors(B, L),
            vectors(B, L, seed=1),
            vectors(B, L, seed=2),
        )
        keep_BLL = torch.ones(B, L, L, dtype=torch.bool).tril(1)
        bias_BLL = vectors(B, L, L, seed=3)[..., 0]
        for keep, bias in ((None, None), (keep_BLL, None), (None, bias_BLL), (keep_BLL, bias_BLL)):
            weight_BLL = similarity.weights(query_BLD, key_BLD, keep, bias)
            assert_close(similarity.attend(query_BLD, key_BLD, value_BLD, keep, bias), weight_BLL @ value_BLD)
        biased, plain = (similarity.weights(query_BLD, key_BLD, keep_BLL, bias) for bias in (bias_BLL, None))
        assert not torch.allclose(biased, plain, rtol=1e-2)

    def test_gradients_reach_every_parameter_and_both_sides(self) -> None:
        similarity, query_LD, key_LD = self.build(), vectors(L).requires_grad_(), vectors(L, seed=1).requires_grad_()
        (similarity(query_LD, key_LD) * vectors(L, L, seed=3)[..., 0]).sum().backward()
        for name, tensor in [("query", query_LD), ("key", key_LD), *similarity.named_parameters()]:
            assert tensor.grad is not None, name
            assert torch.isfinite(tensor.grad).all() and tensor.grad.any(), name

    def test_its_width_sizes_chunks(self) -> None:
        assert type(self.build().width) is int
        assert self.build().width >= 1


def similarity_contract(*overrides: str, config_dir: str | None = None) -> type[SimilarityContract]:
    """A test class for the similarity that the overrides choose, such as `attention/similarity=cosine`."""
    return type("SimilarityContract", (SimilarityContract,), {"overrides": overrides, "config_dir": config_dir})


def vectors(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
