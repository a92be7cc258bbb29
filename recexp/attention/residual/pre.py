"""The norm lies before the layer."""

from torch import Tensor

from recexp.attention.residual.base import Residual


class PreNormResidual(Residual):
    """x + f(norm(x)) (Xiong et al., ICML 2020, table 1, right)."""

    last_norm = True

    def join(self, x_BTD: Tensor, read_BTD: Tensor, out_BTD: Tensor) -> Tensor:
        joined_BTD: Tensor = x_BTD + self.drop(out_BTD)
        return joined_BTD
