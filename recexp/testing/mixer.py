"""What every mixer of a Transformer block promises. Letters: B rows, L positions, T queries, H heads, D embedding."""

from inspect import signature
from typing import ClassVar

import torch
from hydra.utils import instantiate
from torch import Tensor
from torch.testing import assert_close

from recexp.attention.base import History
from recexp.attention.mixer.base import Mixer
from recexp.attention.position.alibi import ALiBiPosition
from recexp.attention.position.base import Position
from recexp.attention.position.none import NoPosition
from recexp.attention.position.rotary import RotaryPosition
from recexp.testing.small import LENGTH, compose_config, histories, with_large_weights

H, D = 2, 8
SIZES = {"max_history_len": LENGTH, "embedding_dim": D, "num_heads": H}


class MixerContract:
    """Under a causal objective and, where the mixer can have it, under one that looks to both sides."""

    overrides: ClassVar[tuple[str, ...]]
    config_dir: ClassVar[str | None]

    def build(self) -> Mixer:
        """In float64, with weights large enough to matter."""
        torch.manual_seed(0)
        node = compose_config(*self.overrides, config_dir=self.config_dir).attention
        make = instantiate(node.mixer)
        optional = {"num_heads": H, "max_history_len": LENGTH, "similarity": instantiate(node.get("similarity"))}
        given = {name: value for name, value in optional.items() if name in signature(make).parameters}
        return with_large_weights(make(embedding_dim=D, **given)).eval()

    def histories(self) -> list[History]:
        """The same embedded history for each direction."""
        sides = [True, False] if getattr(self.build(), "bidirectional", True) else [True]
        return [embedded(causal) for causal in sides]

    def test_it_gives_a_vector_for_each_query(self) -> None:
        for history in self.histories():
            mixed_BLD = mix(self.build(), history)
            assert mixed_BLD.shape == history.item_BLD.shape
            assert mixed_BLD.dtype == history.item_BLD.dtype
            assert torch.isfinite(mixed_BLD).all()

    def test_padding_and_batch_mates_change_nothing(self) -> None:
        """T16, T17."""
        mixer = self.build()
        for history in self.histories():
            together_BLD = mix(mixer, history)
            for row, length in enumerate(history.length_B.tolist()):
                alone_1LD = mix(mixer, rows(history, row, length))
                assert_close(alone_1LD[0], together_BLD[row, :length])

    def test_a_query_sees_what_the_objective_allows(self) -> None:
        """T31: a causal position sees no later one; else it sees at least the next one."""
        mixer = self.build()
        for history in self.histories():
            before_LD = mix(mixer, history)[0]
            for place in range(1, LENGTH):
                changed_BLD = history.item_BLD.clone()
                changed_BLD[0, place] += 1
                after_LD = mix(mixer, history._replace(item_BLD=changed_BLD))[0]
                assert not torch.allclose(after_LD[place], before_LD[place])
                if history.causal:
                    assert_close(after_LD[:place], before_LD[:place])
                else:
                    assert not torch.allclose(after_LD[place - 1], before_LD[place - 1])

    def test_the_newest_alone_is_mixed_as_among_all(self) -> None:
        """Training asks at every position, ranking at the newest."""
        mixer = self.build()
        for history in self.histories():
            assert_close(mix(mixer, history, every_position=False), history.at_last(mix(mixer, history)))

    def test_relative_positions_is_what_it_says(self) -> None:
        """A Transformer refuses positions that compare queries and keys for a mixer that would leave them out."""
        mixer, history = self.build(), embedded(causal=True)
        plain_BLD = mix(mixer, history)
        for relative in (ALiBiPosition(**SIZES), RotaryPosition(**SIZES)):
            same = torch.allclose(mix(mixer, history, relative), plain_BLD)
            assert same != mixer.relative_positions, type(relative).__name__

    def test_weights_lie_on_what_is_seen(self) -> None:
        mixer = self.build()
        for history in self.histories():
            for every_position in (True, False):
                visibility = history.visibility(every_position=every_position)
                query_BTD = history.item_BLD if every_position else history.at_last(history.item_BLD)
                weight_BHTL = mixer.weights(query_BTD, history.item_BLD, visibility, NoPosition(**SIZES))
                if weight_BHTL is None:
                    continue
                keep_BTL = visibility.keep_BTL
                if keep_BTL is None:
                    keep_BTL = torch.ones(LENGTH, LENGTH, dtype=torch.bool).tril()[None]
                assert weight_BHTL.shape == (len(query_BTD), weight_BHTL.shape[1], query_BTD.shape[1], LENGTH)
                hidden_BHTL = ~keep_BTL.unsqueeze(1).expand_as(weight_BHTL)
                assert (weight_BHTL[hidden_BHTL] == 0).all()

    def test_every_parameter_learns(self) -> None:
        mixer = self.build()
        for history in self.histories():
            mixed_BLD = mix(mixer, history)
            total = (mixed_BLD * torch.randn(mixed_BLD.shape, generator=torch.Generator().manual_seed(1))).sum()
            for name, parameter in mixer.named_parameters():
                (grad,) = torch.autograd.grad(total, [parameter], retain_graph=True, allow_unused=True)
                assert grad is not None and torch.isfinite(grad).all() and grad.any(), name


def mixer_contract(*overrides: str, config_dir: str | None = None) -> type[MixerContract]:
    """A test class for the mixer that the overrides choose, such as `attention/mixer=linear`."""
    return type("MixerContract", (MixerContract,), {"overrides": overrides, "config_dir": config_dir})


def embedded(causal: bool) -> History:
    """HISTORIES with random vectors."""
    of = histories()
    item_BLD = torch.randn(*of.item_BL.shape, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    item_BLD = item_BLD * (of.item_BL > 0).unsqueeze(-1)
    return History(item_BLD, of.item_BL, of.length_B, causal, time_BL=of.time_BL)


def rows(history: History, row: int, length: int) -> History:
    """One row without its padding."""
    assert history.time_BL is not None
    return history._replace(
        item_BLD=history.item_BLD[[row], :length],
        item_BL=history.item_BL[[row], :length],
        length_B=history.length_B[[row]],
        time_BL=history.time_BL[[row], :length],
    )


def mix(mixer: Mixer, history: History, position: Position | None = None, *, every_position: bool = True) -> Tensor:
    """mixed_BTD at every position, or at the newest alone."""
    query_BTD = history.item_BLD if every_position else history.at_last(history.item_BLD)
    visibility = history.visibility(every_position=every_position)
    return mixer(query_BTD, history.item_BLD, visibility, position or NoPosition(**SIZES))
