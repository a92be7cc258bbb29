"""Random hyperplanes measure angles."""

import math

import torch

from recexp.nn.hashing import random_hyperplanes, sign_bits


def test_bits_agree_as_often_as_the_angle_says():
    """1 - w / pi; the standard error with 20,000 bits is at most .0036."""
    normal_KD = random_hyperplanes(20_000, 4, seed=0)
    for angle in (0.1, 1.0, 2.5):
        bits = sign_bits(torch.tensor([[1.0, 0, 0, 0], [math.cos(angle), 0, math.sin(angle), 0]]), normal_KD)
        assert abs((bits[0] == bits[1]).double().mean().item() - (1 - angle / math.pi)) < 0.015


def test_the_seed_decides():
    assert torch.equal(random_hyperplanes(5, 3, seed=1), random_hyperplanes(5, 3, seed=1))
    assert not torch.equal(random_hyperplanes(5, 3, seed=1), random_hyperplanes(5, 3, seed=2))
