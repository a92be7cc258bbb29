"""Multi-head softmax attention."""

import torch

from tests.reference.naive import linear, softmax


def mix(mixer, position, parts, query, place, memory, times):
    size, dim = mixer.head_dim, len(query)
    query, keys = linear(mixer.query, query), [linear(mixer.key_value, x) for x in memory]
    heads = []
    for number, start in enumerate(range(0, dim, size)):
        head = slice(start, start + size)
        asking = parts.rotate(position, query[head], place)
        logits = [
            parts.logit(mixer.similarity, asking, parts.rotate(position, key[:dim][head], at))
            + parts.bias(position, number, place, at)
            + parts.time_bias(number, times, place, at)
            for at, key in enumerate(keys)
        ]
        heads.append(sum(a * key[dim:][head] for a, key in zip(softmax(logits), keys, strict=True)))
    return linear(mixer.out, torch.cat(heads))
