"""What a similarity is: the logit of a query and a key.

Letters: T queries, L keys, D their size. Leading axes are free and broadcast.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recexp.nn.masking import causal_mask, masked_softmax


class Similarity(nn.Module, ABC):
    """f(query, key) for every pair. `width` counts the intermediate elements a logit needs: it sizes chunks."""

    width = 1

    @abstractmethod
    def forward(self, query_TD: Tensor, key_LD: Tensor) -> Tensor:
        """[..., T, D] and [..., L, D] -> logit_TL [..., T, L]."""

    def weights(
        self, query_TD: Tensor, key_LD: Tensor, keep_TL: Tensor | None = None, bias_TL: Tensor | None = None
    ) -> Tensor:
        """Softmax over the keys: [..., T, L]. keep_TL: bool, None = causal (T = L); bias_TL: added to the logits."""
        if keep_TL is None:
            keep_TL = causal_mask(key_LD.shape[-2], key_LD.device)
        logit_TL = self(query_TD, key_LD)
        return masked_softmax(logit_TL if bias_TL is None else logit_TL + bias_TL, keep_TL)

    def attend(
        self,
        query_TD: Tensor,
        key_LD: Tensor,
        value_LD: Tensor,
        keep_TL: Tensor | None = None,
        bias_TL: Tensor | None = None,
        dropout: float = 0.0,
    ) -> Tensor:
        """The mean of the values under `weights`: [..., T, D]. dropout: probability to drop a weight."""
        return F.dropout(self.weights(query_TD, key_LD, keep_TL, bias_TL), dropout) @ value_LD


class FactoredSimilarity(Similarity):
    """A similarity that is a dot product after each side is projected alone, so that fused kernels serve it."""

    @abstractmethod
    def project_query(self, query_TD: Tensor) -> Tensor: ...

    def project_key(self, key_LD: Tensor) -> Tensor:
        return key_LD

    def forward(self, query_TD: Tensor, key_LD: Tensor) -> Tensor:
        return self.project_query(query_TD) @ self.project_key(key_LD).mT

    def attend(
        self,
        query_TD: Tensor,
        key_LD: Tensor,
        value_LD: Tensor,
        keep_TL: Tensor | None = None,
        bias_TL: Tensor | None = None,
        dropout: float = 0.0,
    ) -> Tensor:
        mask_TL = keep_TL
        if bias_TL is not None:  # the kernel takes one mask: a bias of -inf is "not kept"
            kept_TL = causal_mask(key_LD.shape[-2], key_LD.device) if keep_TL is None else keep_TL
            mask_TL = torch.where(kept_TL, bias_TL.to(query_TD.dtype), -torch.inf)
        return F.scaled_dot_product_attention(
            self.project_query(query_TD),
            self.project_key(key_LD),
            value_LD,
            attn_mask=mask_TL,
            is_causal=mask_TL is None,
            dropout_p=dropout,
            scale=1.0,
        )
