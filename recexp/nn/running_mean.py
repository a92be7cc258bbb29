"""Running sums and means over the past: attention of every position for many candidates at once.

Letters: B batch, M memory tokens in time order, C candidates.
"""

from itertools import pairwise

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# exp(+-70) and its products with scores stay inside float32, so no running maximum is needed and a
# position's weights never depend on the future. Logits of this size mean a diverged model, not attention.
LOGIT_BOUND = 70.0


class _RunningMean(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logit_BMC: Tensor, value_BMC: Tensor, exponent: float) -> Tensor:
        weight_BMC = logit_BMC.clamp(-LOGIT_BOUND, LOGIT_BOUND).exp_()
        total_BMC = _sum_to_here_(weight_BMC.clone())
        mean_BMC = _sum_to_here_(weight_BMC * value_BMC).div_(total_BMC)
        inside_BMC = logit_BMC.abs() <= LOGIT_BOUND
        ctx.exponent = exponent
        ctx.save_for_backward(weight_BMC, value_BMC, total_BMC, mean_BMC, inside_BMC)
        return mean_BMC if exponent == 1 else mean_BMC * total_BMC ** (1 - exponent)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_BMC: Tensor) -> tuple[Tensor, Tensor, None]:
        weight_BMC, value_BMC, total_BMC, mean_BMC, inside_BMC = ctx.saved_tensors
        share_BMC = grad_BMC / (total_BMC if ctx.exponent == 1 else total_BMC**ctx.exponent)
        later_mean_BMC = _sum_from_here_(share_BMC * mean_BMC)
        grad_value_BMC = _sum_from_here_(share_BMC).mul_(weight_BMC)
        grad_logit_BMC = (grad_value_BMC * value_BMC).addcmul_(later_mean_BMC, weight_BMC, value=-ctx.exponent)
        return grad_logit_BMC.mul_(inside_BMC), grad_value_BMC, None


class _RunningSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x_BMC: Tensor) -> Tensor:
        return _sum_to_here_(x_BMC.clone())

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_BMC: Tensor) -> Tensor:
        return _sum_from_here_(grad_BMC.clone())


def _sum_to_here_(x_BMC: Tensor) -> Tensor:
    """The sum over l <= m, in place. On the CPU one token after the other is twice as fast as cumsum."""
    if x_BMC.device.type != "cpu":
        return x_BMC.cumsum_(dim=1)
    for before_BC, here_BC in pairwise(x_BMC.unbind(1)):
        here_BC.add_(before_BC)
    return x_BMC


def _sum_from_here_(x_BMC: Tensor) -> Tensor:
    """The sum over l >= m; in place on the CPU."""
    if x_BMC.device.type != "cpu":
        return x_BMC.flip(1).cumsum(dim=1).flip(1)
    for after_BC, here_BC in pairwise(x_BMC.unbind(1)[::-1]):
        here_BC.add_(after_BC)
    return x_BMC


def running_softmax_mean(logit_BMC: Tensor, value_BMC: Tensor) -> Tensor:
    """mean[b, m, c] = sum over l <= m of softmax over l <= m of logit[b, :, c] times value[b, l, c].

    Both [B, M, C], float32 or float64; lower precision is computed in float32. Logits are clamped to +-70.
    O(M) per candidate instead of the O(M^2) of a masked matrix; the gradient is computed in closed form:
    d mean_m / d value_l = w_l / W_m and d mean_m / d logit_l = w_l (value_l - mean_m) / W_m, for l <= m.
    """
    return running_smoothed_mean(logit_BMC, value_BMC, exponent=1.0)


def running_smoothed_mean(logit_BMC: Tensor, value_BMC: Tensor, *, exponent: float) -> Tensor:
    """out[b, m, c] = sum over l <= m of w_l value_l / W_m^beta, where w = exp(logit), W_m = sum over l <= m of w_l.

    beta is `exponent`, from 0 to 1; 1 gives `running_softmax_mean`, whose shapes, dtypes and bound on logits hold here.
    With mean_m = sum over l <= m of w_l value_l / W_m the gradient is, for l <= m,
    d out_m / d value_l = w_l / W_m^beta and d out_m / d logit_l = w_l (value_l - beta mean_m) / W_m^beta.
    """
    dtype = torch.promote_types(logit_BMC.dtype, torch.float32)
    with torch.autocast(logit_BMC.device.type, enabled=False):
        return _RunningMean.apply(logit_BMC.to(dtype), value_BMC.to(dtype), exponent)


def running_sum(x_BMC: Tensor) -> Tensor:
    """out[b, m, c] = sum over l <= m of x[b, l, c]; float32 at least."""
    return _RunningSum.apply(x_BMC.to(torch.promote_types(x_BMC.dtype, torch.float32)))
