"""FDSA."""

from dataclasses import replace

import torch

from tests.reference.contexts import transformer
from tests.reference.naive import linear, softmax


def context(module, parts, row, place):
    pooled = []
    for features in row.features:
        weights = softmax([(module.out.weight[0] * torch.relu(linear(module.hidden, f))).sum() for f in features])
        pooled.append(sum(a * f for a, f in zip(weights, features, strict=True)))
    of_items = transformer.context(module.item_encoder, parts, row, place)
    of_features = transformer.context(module.feature_encoder, parts, replace(row, items=pooled), place)
    return linear(module.output, torch.cat([of_items, of_features]))
