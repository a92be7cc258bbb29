"""DIF-SR: item, features and position compare positions apart, and their logits are added.

Letters: B batch, T positions, S side vectors of a position (features and place), H heads, X = (1 + S) E, E head size,
D embedding.
"""

import torch
from torch import Tensor, nn

from recexp.attention.feature_mixer import FeatureMixer, Read
from recexp.attention.feature_transformer import FeatureTransformer
from recexp.attention.position.base import Position


class DIFMixer(FeatureMixer):
    """softmax(sum over s of Q_s K_s^T / sqrt(E)) V, s = item, each feature, position: Q_s = W_Q^s x_s, K_s = W_K^s x_s,
    V from the item.

    A sum of dot products is the dot product of the vectors end to end, so one attention of width X serves all.
    """

    def __init__(self, *, embedding_dim: int, num_heads: int, num_side: int) -> None:
        super().__init__(embedding_dim=embedding_dim, num_heads=num_heads)
        sources = range(1 + num_side)
        self.query = nn.ModuleList(nn.Linear(embedding_dim, embedding_dim) for _ in sources)
        # A softmax over keys does not see their bias.
        self.key = nn.ModuleList(nn.Linear(embedding_dim, embedding_dim, bias=False) for _ in sources)

    def _end_to_end(self, layers: nn.ModuleList, read: Read, position: Position) -> Tensor:
        """[B, H, T, X]."""
        sources = zip(layers, (read.item_BTD, *read.side_BTSD.unbind(dim=2)), strict=True)
        parts = [self.in_heads(layer(x_BTD), read.position_BT, position) for layer, x_BTD in sources]
        return torch.cat(parts, dim=-1)

    def queries(self, read: Read, position: Position) -> Tensor:
        return self._end_to_end(self.query, read, position) * self.head_dim**-0.5

    def keys(self, read: Read, position: Position) -> Tensor:
        return self._end_to_end(self.key, read, position)


class DIFSRAttention(FeatureTransformer):
    """Decoupled side information fusion (Xie et al., SIGIR 2022, eq. 9-13) with the sum as its fusion function.

    Its other two fusion functions, concat and gate, are layers over the axis of keys: they have as many weights as
    there are positions and read later ones, so that they have no causal form. The auxiliary loss that predicts
    attributes is not built. Features are as wide as items. Causal, or from both sides with `objective=cloze`.
    O(L^2 (1 + S) D) a block.
    """

    def new_mixer(self, num_side: int) -> DIFMixer:
        return DIFMixer(embedding_dim=self.embedding_dim, num_heads=self.num_heads, num_side=num_side)
