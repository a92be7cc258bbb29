"""AutoInt: three fields, one head after the other."""

import torch

from tests.reference.naive import linear, softmax


def context(module, parts, row, place):
    fields = [row.user, row.candidate, sum(row.items) / len(row.items)]
    for layer in module.layers:
        fields = [interacted(layer, field, fields) for field in fields]
    return linear(module.output, torch.cat(fields))


def interacted(layer, asking, fields):
    heads = []
    for start in range(0, len(asking), layer.head_dim):
        part = slice(start, start + layer.head_dim)
        query = layer.query.weight[part] @ asking
        weights = softmax([(query * (layer.key.weight[part] @ field)).sum() for field in fields])
        heads.append(sum(a * (layer.value.weight[part] @ field) for a, field in zip(weights, fields, strict=True)))
    return torch.relu(torch.cat(heads) + layer.residual.weight @ asking)
