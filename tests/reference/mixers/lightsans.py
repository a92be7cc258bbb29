"""Attention to a few interests, each a mean of the keys and of the values."""

import torch

from tests.reference.naive import linear, softmax


def mean(layer, number, vectors):
    weights = softmax([(layer.weight[number] * x).sum() for x in vectors])
    return sum(w * x for w, x in zip(weights, vectors, strict=True))


def mix(mixer, position, parts, query, place, memory, times):
    size, dim = mixer.head_dim, len(query)
    query, keys = linear(mixer.query, query), [linear(mixer.key_value, x) for x in memory]
    heads = []
    for start in range(0, dim, size):
        head = slice(start, start + size)
        key_interests = [mean(mixer.key_interest, i, [k[:dim][head] for k in keys]) for i in range(mixer.num_interests)]
        value_interests = [
            mean(mixer.value_interest, i, [k[dim:][head] for k in keys]) for i in range(mixer.num_interests)
        ]
        weights = softmax([(query[head] * interest).sum() / size**0.5 for interest in key_interests])
        heads.append(sum(w * x for w, x in zip(weights, value_interests, strict=True)))
    return linear(mixer.out, torch.cat(heads))
