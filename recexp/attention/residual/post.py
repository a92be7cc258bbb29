"""The norm lies behind the residual."""

from torch import Tensor

from recexp.attention.residual.base import Residual


class PostNormResidual(Residual):
    """norm(x + f(x)), as in the original Transformer (Vaswani et al., NeurIPS 2017, section 3.1) and BERT."""

    last_norm = False

    def read(self, x_BTD: Tensor) -> Tensor:
        return x_BTD

    def join(self, x_BTD: Tensor, read_BTD: Tensor, out_BTD: Tensor) -> Tensor:
        normed_BTD: Tensor = self.norm(x_BTD + self.drop(out_BTD))
        return normed_BTD
