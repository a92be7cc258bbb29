"""Linear attention: a kernel in place of the softmax, so that positions share running sums.

Letters: B batch, L positions, H heads, E head size.
"""

from torch import Tensor
from torch.nn import functional as F

from recexp.attention.mixer.kernel import KernelMixer


class LinearMixer(KernelMixer):
    """`KernelMixer` with phi = elu + 1 (Katharopoulos et al., ICML 2020, eq. 7)."""

    def query_features(self, query_BHTE: Tensor) -> Tensor:
        return F.elu(query_BHTE) + 1

    def key_features(self, key_BHLE: Tensor) -> Tensor:
        return F.elu(key_BHLE) + 1
