"""The order of SASRec's own code."""

from torch import Tensor

from recexp.attention.residual.base import Residual


class SASRecResidual(Residual):
    """norm(x) + f(norm(x)); of a mixer only the queries are normalised, its keys and values are made of x itself.

    So does the code of SASRec (Kang & McAuley, ICDM 2018; kang205/SASRec and pmixer/SASRec.pytorch). The paper has
    x + f(norm(x)) instead (section III-C), which is `attention/residual=pre`. The code thus adds the normalised input:
    no sum of unnormalised vectors passes through all blocks.
    """

    last_norm = True

    def read_memory(self, x_BTD: Tensor, memory_BLD: Tensor, read_BTD: Tensor) -> Tensor:
        return memory_BLD

    def join(self, x_BTD: Tensor, read_BTD: Tensor, out_BTD: Tensor) -> Tensor:
        joined_BTD: Tensor = read_BTD + self.drop(out_BTD)
        return joined_BTD
