"""The running softmax mean against loops, at extreme logits too."""

import pytest
import torch
from torch.testing import assert_close

from recexp.nn.running_mean import LOGIT_BOUND, running_softmax_mean


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
