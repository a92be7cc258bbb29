"""Running means and sums against loops, at extreme logits too."""

import pytest
import torch
from torch.testing import assert_close

from recexp.nn.running_mean import LOGIT_BOUND, running_smoothed_mean, running_softmax_mean, running_sum


def naive(logit_BMC, value_BMC):
    out = torch.empty_like(value_BMC)
    for m in range(logit_BMC.shape[1]):
        weight = logit_BMC[:, : m + 1].softmax(dim=1)
        out[:, m] = (weight * value_BMC[:, : m + 1]).sum(dim=1)
    return out


@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_values_and_gradients(scale):
    torch.manual_seed(0)
    logit = (scale * torch.randn(2, 7, 3, dtype=torch.float64)).clamp(-60, 60).requires_grad_()
    value = torch.randn(2, 7, 3, dtype=torch.float64, requires_grad=True)
    probe = torch.randn(2, 7, 3, dtype=torch.float64)
    found = torch.autograd.grad((running_softmax_mean(logit, value) * probe).sum(), (logit, value))
    expected = torch.autograd.grad((naive(logit, value) * probe).sum(), (logit, value))
    assert_close(running_softmax_mean(logit, value), naive(logit, value))
    assert_close(found, expected)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_smoothed_values_and_gradients(exponent):
    torch.manual_seed(0)
    logit = torch.randn(2, 7, 3, dtype=torch.float64, requires_grad=True)
    value = torch.randn(2, 7, 3, dtype=torch.float64, requires_grad=True)
    probe = torch.randn(2, 7, 3, dtype=torch.float64)
    out = running_smoothed_mean(logit, value, exponent=exponent)
    expected = torch.stack(
        [
            (logit[:, :seen].exp() * value[:, :seen]).sum(dim=1) / logit[:, :seen].exp().sum(dim=1) ** exponent
            for seen in range(1, 8)
        ],
        dim=1,
    )
    assert_close(out, expected)
    found = torch.autograd.grad((out * probe).sum(), (logit, value))
    assert_close(found, torch.autograd.grad((expected * probe).sum(), (logit, value)))


def test_running_sum_and_its_gradient():
    x = torch.randn(2, 7, 3, dtype=torch.float64, requires_grad=True)
    probe = torch.randn(2, 7, 3, dtype=torch.float64)
    assert_close(running_sum(x), x.cumsum(dim=1))
    expected = torch.autograd.grad((x.cumsum(dim=1) * probe).sum(), x)
    assert_close(torch.autograd.grad((running_sum(x) * probe).sum(), x), expected)


def test_smoothed_at_the_bound_is_finite_in_float32():
    logit = torch.tensor([-1e4, -LOGIT_BOUND, 0.0, LOGIT_BOUND, 1e4]).reshape(1, 5, 1).requires_grad_()
    value = torch.ones(1, 5, 1, requires_grad=True)
    out = running_smoothed_mean(logit, value, exponent=0.5)
    gradients = torch.autograd.grad(out.sum(), (logit, value))
    assert all(torch.isfinite(x).all() for x in (out, *gradients))
    assert gradients[0][0, [0, 4]].eq(0).all()  # beyond the bound


def test_float32_at_extreme_logits_agrees_with_float64():
    """Weights from e-30 to e30 in one row: no overflow, no NaN, and the early positions stay exact."""
    torch.manual_seed(0)
    logit = torch.linspace(-LOGIT_BOUND, LOGIT_BOUND, 200).reshape(1, 200, 1).repeat(1, 1, 4)
    logit[..., 1] = logit[..., 1].flip(1)
    value = torch.randn(1, 200, 4)
    logit.requires_grad_()
    value.requires_grad_()
    out = running_softmax_mean(logit, value)
    assert_close(out.double(), naive(logit.double(), value.double()), rtol=1e-4, atol=1e-4)
    found = torch.autograd.grad(out.sum(), (logit, value))
    expected = torch.autograd.grad(naive(logit.double(), value.double()).sum(), (logit, value))
    for gradient, expected_gradient in zip(found, expected, strict=True):
        assert_close(gradient, expected_gradient, rtol=1e-3, atol=1e-3)


def test_low_precision_is_computed_in_float32():
    logit, value = torch.randn(1, 5, 2, dtype=torch.bfloat16), torch.randn(1, 5, 2, dtype=torch.bfloat16)
    assert running_softmax_mean(logit, value).dtype == torch.float32
