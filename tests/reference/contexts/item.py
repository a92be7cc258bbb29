"""Item side."""

from tests.reference.naive import linear, softmax


def context(module, parts, row, place):
    keys = [linear(module.key, parts.add(module.position, x, at)) for at, x in enumerate(row.items)]
    query = linear(module.query, row.candidate)
    logits = [parts.logit(module.similarity, key, query) + module.recency * at for at, key in enumerate(keys)]
    return sum(a * linear(module.value, x) for a, x in zip(softmax(logits), row.items, strict=True))
