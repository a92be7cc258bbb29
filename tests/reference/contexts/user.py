"""User side."""

from dataclasses import replace

from tests.reference.naive import layer_norm, linear, softmax


def context(module, parts, row, place):
    parts = replace(parts, time_module=module.time)
    asking = (0 if row.user is None else row.user) + (row.items[place] if module.last_item else 0)
    query = parts.rotate(module.position, linear(module.query, asking), place)
    logits = []
    for at, x in enumerate(row.items):
        key = parts.rotate(module.position, linear(module.key, parts.add(module.position, x, at)), at)
        bias = parts.bias(module.position, 0, place, at) + parts.time_bias(0, row.times, place, at)
        logits.append(parts.logit(module.similarity, query, key) + bias)
    pooled = sum(a * linear(module.value, x) for a, x in zip(softmax(logits), row.items, strict=True))
    return layer_norm(module.norm, asking + pooled)
