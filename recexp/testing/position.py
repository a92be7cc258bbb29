"""What every position promises. Letters: B rows, H heads, L positions, E head size, D embedding."""

from typing import ClassVar

import torch
from hydra.utils import instantiate
from torch import Tensor
from torch.testing import assert_close

from recexp.attention.position.base import Position
from recexp.testing.small import compose_config, with_large_weights

B, H, L, E = 3, 2, 6, 4
EVERY_1L = torch.arange(L).unsqueeze(0)


class PositionContract:
    overrides: ClassVar[tuple[str, ...]]
    config_dir: ClassVar[str | None]

    def build(self) -> Position:
        """In float64, with weights large enough to matter."""
        torch.manual_seed(0)
        make = instantiate(compose_config(*self.overrides, config_dir=self.config_dir).attention.position)
        return with_large_weights(make(max_history_len=L, embedding_dim=H * E, num_heads=H)).eval()

    def test_the_shapes_stay(self) -> None:
        position, x_BLD, x_BHLE = self.build(), numbers(B, L, H * E), numbers(B, H, L, E)
        assert position.add(x_BLD).shape == x_BLD.shape
        assert position.add(x_BLD).dtype == x_BLD.dtype
        assert position.rotate(x_BHLE, EVERY_1L).shape == x_BHLE.shape
        assert position.rotate(x_BHLE, EVERY_1L).dtype == x_BHLE.dtype
        bias_1HLL = position.bias(EVERY_1L, L)
        assert bias_1HLL is None or bias_1HLL.expand(B, H, L, L).isfinite().all()

    def test_one_query_is_told_the_same_as_all(self) -> None:
        """Ranking asks at the newest position of each row, training at all."""
        position, x_BHLE, last_B1 = self.build(), numbers(B, H, L, E), torch.tensor([[5], [0], [2]])
        for row, last in enumerate(last_B1.flatten().tolist()):
            every = position.rotate(x_BHLE, EVERY_1L)[row, :, [last]]
            assert_close(position.rotate(x_BHLE[:, :, [last]], last_B1)[row], every)
        bias_1HLL, bias_BH1L = position.bias(EVERY_1L, L), position.bias(last_B1, L)
        assert (bias_1HLL is None) == (bias_BH1L is None)
        if bias_1HLL is not None and bias_BH1L is not None:
            for row, last in enumerate(last_B1.flatten().tolist()):
                assert_close(bias_BH1L.expand(B, H, 1, L)[row, :, 0], bias_1HLL.expand(1, H, L, L)[0, :, last])

    def test_longer_rows_change_nothing(self) -> None:
        """T16: positions count from the oldest item, however much padding follows."""
        position, x_BLD = self.build(), numbers(B, L, H * E)
        assert_close(position.add(x_BLD[:, :3]), position.add(x_BLD)[:, :3])
        long, short = position.bias(EVERY_1L, L), position.bias(EVERY_1L[:, :3], 3)
        if long is not None and short is not None:
            assert_close(short, long[..., :3, :3])

    def test_relative_is_what_it_says(self) -> None:
        """Variants that cannot compare two positions refuse those that say so, and would leave others out silently."""
        position, x_BHLE = self.build(), numbers(B, H, L, E)
        rotates = not torch.equal(position.rotate(x_BHLE, EVERY_1L), x_BHLE)
        assert position.relative == (rotates or position.bias(EVERY_1L, L) is not None)

    def test_places_are_told_apart(self) -> None:
        """Equal vectors differ by their places, or the logits of equal vectors do, along queries and along keys."""
        position, x_BLD, x_BHLE = self.build(), torch.ones(B, L, H * E), torch.ones(B, H, L, E)
        if not position.relative:
            changed_BLD = position.add(x_BLD)
            assert torch.equal(changed_BLD, x_BLD) or (changed_BLD.diff(dim=1).abs().amax(dim=(0, 2)) > 1e-6).all()
            return
        turned_BHLE = position.rotate(x_BHLE, EVERY_1L)
        bias_1HLL = position.bias(EVERY_1L, L)
        logit_BHLL = turned_BHLE @ turned_BHLE.mT + (0 if bias_1HLL is None else bias_1HLL)
        for axis in (-1, -2):
            assert (logit_BHLL.diff(dim=axis).abs().amax(dim=axis) > 1e-6).any()

    def test_every_parameter_learns(self) -> None:
        position = self.build()
        parts = [
            position.add(numbers(B, L, H * E)),
            position.rotate(numbers(B, H, L, E), EVERY_1L),
            position.bias(EVERY_1L, L),
        ]
        total = torch.stack([(part * numbers(*part.shape, seed=1)).sum() for part in parts if part is not None]).sum()
        for name, parameter in position.named_parameters():
            (grad,) = torch.autograd.grad(total, [parameter], retain_graph=True, allow_unused=True)
            assert grad is not None and torch.isfinite(grad).all() and grad.any(), name


def position_contract(*overrides: str, config_dir: str | None = None) -> type[PositionContract]:
    """A test class for the position that the overrides choose, such as `attention/position=rotary`."""
    return type("PositionContract", (PositionContract,), {"overrides": overrides, "config_dir": config_dir})


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
