"""The running softmax-weighted mean: attention of every position over its past for many candidates at once.

Letters: B batch, M memory tokens in time order, C candidates.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# exp(+-70) and its products with scores stay inside float32, so no running maximum is needed and a
# position's weights never depend on the future. Logits of this size mean a diverged model, not attention.
LOGIT_BOUND = 70.0


class _RunningSoftmaxMean(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logit_BMC: Tensor, value_BMC: Tensor) -> Tensor:
        weight_BMC = logit_BMC.clamp(-LOGIT_BOUND, LOGIT_BOUND).exp_()
        total_BMC = weight_BMC.cumsum(dim=1)
        mean_BMC = (weight_BMC * value_BMC).cumsum(dim=1).div_(total_BMC)
        inside_BMC = logit_BMC.abs() <= LOGIT_BOUND
        ctx.save_for_backward(weight_BMC, value_BMC, total_BMC, mean_BMC, inside_BMC)
        return mean_BMC

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_BMC: Tensor) -> tuple[Tensor, Tensor]:
        weight_BMC, value_BMC, total_BMC, mean_BMC, inside_BMC = ctx.saved_tensors
        share_BMC = grad_BMC / total_BMC
        later_mean_BMC = _cumsum_from_the_end(share_BMC * mean_BMC)
        grad_value_BMC = _cumsum_from_the_end(share_BMC).mul_(weight_BMC)
        grad_logit_BMC = (grad_value_BMC * value_BMC).sub_(later_mean_BMC.mul_(weight_BMC))
        return grad_logit_BMC.mul_(inside_BMC), grad_value_BMC


def _cumsum_from_the_end(x_BMC: Tensor) -> Tensor:
    return x_BMC.flip(1).cumsum(dim=1).flip(1)


def running_softmax_mean(logit_BMC: Tensor, value_BMC: Tensor) -> Tensor:
    """mean[b, m, c] = sum over l <= m of softmax over l <= m of logit[b, :, c] times value[b, l, c].

    Both [B, M, C], float32 or float64; lower precision is computed in float32. Logits are clamped to +-70.
    O(M) per candidate instead of the O(M^2) of a masked matrix; the gradient is computed in closed form:
    d mean_m / d value_l = w_l / W_m and d mean_m / d logit_l = w_l (value_l - mean_m) / W_m, for l <= m.
    """
    dtype = torch.promote_types(logit_BMC.dtype, torch.float32)
    with torch.autocast(logit_BMC.device.type, enabled=False):
        return _RunningSoftmaxMean.apply(logit_BMC.to(dtype), value_BMC.to(dtype))
