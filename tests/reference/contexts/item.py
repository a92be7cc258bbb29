"""Item side."""

from tests.reference.naive import linear


def context(module, parts, row, place):
    keys = [linear(module.key, parts.add(module.position, x, at)) for at, x in enumerate(row.items)]
    query = linear(module.query, row.candidate)
    values = [linear(module.value, x) for x in row.items]
    dim, size = len(row.candidate), module.head_dim
    pooled = 0
    for head in range(dim // size):
        part = slice(head * size, (head + 1) * size)
        logits = [
            parts.logit(module.similarity, key[part], query[part])
            + parts.key_bias_of(module.key_bias, head, row.times, at)
            for at, key in enumerate(keys)
        ]
        weights = parts.weights(module.pooling, logits)
        pooled = pooled + sum(a * v[head * dim : (head + 1) * dim] for a, v in zip(weights, values, strict=True))
    return pooled
