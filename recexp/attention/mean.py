"""No attention: every item of the history weighs the same. What attention adds is measured against this."""

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, Weights, shared_weights
from recexp.attention.encoded import Contexts
from recexp.nn.embedding import init_linear_layers


class MeanAttention(Attention):
    """context_t = W mean of x_l over l <= t: uniform weights 1 / (t + 1)."""

    def __init__(self, *, embedding_dim: int) -> None:
        super().__init__()
        self.value = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self)

    def encode(self, history: History, *, every_position: bool) -> Contexts:
        count_L = torch.arange(1, history.item_BLD.shape[1] + 1, device=history.item_BLD.device)
        mean_BLD = self.value(history.item_BLD).cumsum(dim=1) / count_L[:, None]
        return Contexts(mean_BLD if every_position else history.at_last(mean_BLD))

    def weights(self, history: History, item_CD: Tensor) -> Weights:
        keep_BL = history.keep_BL()
        return shared_weights((keep_BL / keep_BL.sum(dim=1, keepdim=True)).unsqueeze(1))
