"""STAMP."""

import torch

from tests.reference.naive import linear


def context(module, parts, row, place):
    newest, mean = row.items[-1], sum(row.items) / len(row.items)
    pooled = mean
    for x in row.items:
        hidden = linear(module.item, x) + linear(module.newest, newest) + linear(module.mean, mean)
        pooled = pooled + (module.out.weight[0] / (1 + torch.exp(-hidden))).sum() * x
    return torch.tanh(linear(module.general_interest, pooled)) * torch.tanh(linear(module.current_interest, newest))
