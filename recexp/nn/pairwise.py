"""Layers over pairs, without a tensor of all pairs of vectors.

Letters: T queries, L keys, A hidden units, D size of a query and a key.
"""

from torch import Tensor


def product_layer(query_TD: Tensor, key_LD: Tensor, weight_AD: Tensor) -> Tensor:
    """hidden_TAL = W (q_t * k_l), of [..., T, D] and [..., L, D] whose leading axes broadcast; W is [A, D].

    W (q * k) = (W diag(q)) k, so this is one matrix product with T * A rows, and no [T, L, D] tensor is built.
    """
    scaled_TAD = query_TD.unsqueeze(-2) * weight_AD
    hidden_XL = scaled_TAD.flatten(-3, -2) @ key_LD.mT  # X = T * A
    return hidden_XL.unflatten(-2, scaled_TAD.shape[-3:-1])
