"""Additive logits: chunks change nothing, and no tensor of all hidden layers is kept."""

import pytest
import torch
from torch.testing import assert_close

import recexp.nn.chunking
from recexp.nn.additive import additive_logits


@pytest.mark.parametrize("elements", [1, 2 * 3 * 5 * 4, 1 << 19])
def test_chunks_change_neither_logits_nor_gradients(elements, monkeypatch):
    monkeypatch.setattr(recexp.nn.chunking, "CPU_CHUNK_ELEMENTS", elements)
    torch.manual_seed(0)
    shapes = ((6, 3, 4), (6, 5, 4), (4,))
    query_BTA, key_BLA, weight_A = (torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes)
    probe_BTL = torch.randn(6, 3, 5, dtype=torch.float64)

    found = additive_logits(query_BTA, key_BLA, weight_A, torch.tanh)
    expected = torch.tanh(query_BTA[:, :, None] + key_BLA[:, None]) @ weight_A
    assert_close(found, expected)
    inputs = (query_BTA, key_BLA, weight_A)
    gradients = [torch.autograd.grad((logit * probe_BTL).sum(), inputs) for logit in (found, expected)]
    assert_close(*gradients)


def test_the_hidden_layers_are_not_kept(monkeypatch):
    """What the backward pass saves is as large as the inputs, not as [B, T, L, A]."""
    monkeypatch.setattr(recexp.nn.chunking, "CPU_CHUNK_ELEMENTS", 1)
    query_BTA, key_BLA = (torch.randn(4, 16, 8, requires_grad=True) for _ in range(2))
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: saved.append(tensor.numel()) or tensor, lambda t: t):
        additive_logits(query_BTA, key_BLA, torch.randn(8), torch.sigmoid)
    assert sum(saved) < 4 * 16 * 16 * 8
