"""No attention: every item of the history weighs the same. What attention adds is measured against this."""

import torch
from torch import Tensor, nn

from recexp.attention.base import Attention, History, at_last
from recexp.nn.embedding import init_linear_layers


class MeanAttention(Attention):
    """context_t = W mean of x_l over l <= t: uniform weights 1 / (t + 1)."""

    def __init__(self, *, embedding_dim: int) -> None:
        super().__init__()
        self.value = nn.Linear(embedding_dim, embedding_dim)
        init_linear_layers(self)

    def forward(self, history: History, *, every_position: bool) -> Tensor:
        count_L = torch.arange(1, history.item_BLD.shape[1] + 1, device=history.item_BLD.device)
        mean_BLD = self.value(history.item_BLD).cumsum(dim=1) / count_L[:, None]
        return mean_BLD if every_position else at_last(mean_BLD, history)

    def weights(self, history: History, item_CD: Tensor) -> Tensor:
        keep_BL = history.keep_BL()
        return keep_BL / keep_BL.sum(dim=1, keepdim=True)
