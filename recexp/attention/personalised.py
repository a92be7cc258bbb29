"""The user's vector inside an attention that knows none, such as a Transformer.

Letters: B batch, L history, T query positions, D embedding, W width of the encoder.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights, contexts_of
from recexp.attention.encoded import Contexts
from recexp.errors import ConfigError
from recexp.nn.embedding import init_linear_layers

PLACES, COMBINATIONS = ("input", "output"), ("concat", "add")


class PersonalisedAttention(Attention):
    """F is the encoder, x the items of a history, u the user's vector.

    place input, combine concat: context = the first D elements of F([x_1; u], ..., [x_L; u]), F of width 2 D. This is
    SSE-PT (Wu et al., RecSys 2020, eq. 3-9), which compares F's output with [candidate; u]: the second half then adds
    the same number to the score of every candidate, which changes no ranking and no softmax, and is left out here.
    place input, combine add: F(x_1 + u, ..., x_L + u).
    place output, combine concat: W [F(x)_t; u]; combine add: F(x)_t + u. With a linear scorer, u then adds to a
    candidate's score the same whatever the history is.

    Without the user's vector: the encoder itself, such as attention=transformer. Stochastic shared embeddings, without
    which SSE-PT overfits: `recommender.user_replacement`.
    The time of F; with concat at the input, of F at twice the width.
    """

    needs_user = True

    def __init__(self, *, embedding_dim: int, place: str, combine: str, encoder: Callable[..., Attention]) -> None:
        super().__init__()
        for key, value, known in (("place", place, PLACES), ("combine", combine, COMBINATIONS)):
            if value not in known:
                raise ConfigError(f"attention.{key}: got {value!r}, expected one of {sorted(known)}")
        self.place, self.combine = place, combine
        wide = (place, combine) == ("input", "concat")
        self.encoder = encoder(embedding_dim=2 * embedding_dim if wide else embedding_dim)
        self.needs_time, self.needs_features = self.encoder.needs_time, self.encoder.needs_features
        self.bidirectional = self.encoder.bidirectional
        if wide and (self.encoder.needs_user or self.needs_features):
            raise ConfigError(
                f"attention.combine: got concat at the input of {type(self.encoder).__name__}, which reads users or "
                "features, half as wide as its items would be; choose attention.combine=add or attention.place=output"
            )
        self.output: nn.Linear | None = None
        if (place, combine) == ("output", "concat"):
            self.output = nn.Linear(2 * embedding_dim, embedding_dim)
            init_linear_layers(self.output)

    def _combined(self, x_BTD: Tensor, history: History) -> Tensor:
        """[B, T, W]: x with the user's vector."""
        assert history.user_BD is not None
        user_BTD = history.user_BD.unsqueeze(1).expand_as(x_BTD)
        return torch.cat([x_BTD, user_BTD], dim=-1) if self.combine == "concat" else x_BTD + user_BTD

    def _read(self, history: History) -> History:
        """What the encoder reads."""
        if self.place == "output":
            return history
        return history._replace(item_BLD=self._combined(history.item_BLD, history))

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        context_BTW = contexts_of(self.encoder, self._read(history), every_position=every_position)
        if self.place == "input":
            return Contexts(context_BTW[..., : history.item_BLD.shape[-1]])
        combined_BTW = self._combined(context_BTW, history)
        return Contexts(combined_BTW if self.output is None else self.output(combined_BTW))

    def weights(self, history: History, item_CD: Tensor) -> Weights | None:
        """The encoder's."""
        return self.encoder.weights(self._read(history), item_CD)
