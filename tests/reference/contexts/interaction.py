"""Interaction side."""

from tests.reference.naive import layer_norm, linear


def context(module, parts, row, place):
    owner = linear(module.user, layer_norm(module.user_norm, row.user))
    tokens = [(owner, 0, 0)]
    for at, x in enumerate(row.items):
        item = linear(module.item, layer_norm(module.item_norm, x))
        tokens += [(item, 1, at + 1), (owner * item, 2, at + 1)]
    logits = [
        parts.logit(module.similarity, m, row.candidate) + module.kind_bias[kind] + module.recency * at
        for m, kind, at in tokens
    ]
    pairs = zip(parts.weights(module.pooling, logits), tokens, strict=True)
    return sum(a * module.kind_weight[kind] * m for a, (m, kind, _) in pairs)
