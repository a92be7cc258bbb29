"""SHAN."""

import torch

from tests.reference.naive import linear, softmax


def pooled(layer, user, vectors):
    weights = softmax([(user * torch.relu(linear(layer, x))).sum() for x in vectors])
    return sum(a * x for a, x in zip(weights, vectors, strict=True))


def context(module, parts, row, place):
    older, newest = row.items[: -module.recent], row.items[-module.recent :]
    long_term = [pooled(module.long, row.user, older)] if older else []
    return pooled(module.both, row.user, [*long_term, *newest])
