"""Attention by positive random features."""

import torch

from tests.reference.naive import linear


def features(mixer, x):
    x = x / mixer.head_dim**0.25
    return torch.stack([torch.exp((w * x).sum() - (x * x).sum() / 2) for w in mixer.frequency_FE])


def mix(mixer, position, parts, query, place, memory, times):
    size, dim = mixer.head_dim, len(query)
    query, keys = linear(mixer.query, query), [linear(mixer.key_value, x) for x in memory]
    heads = []
    for start in range(0, dim, size):
        head = slice(start, start + size)
        weights = [(features(mixer, query[head]) * features(mixer, key[:dim][head])).sum() for key in keys]
        heads.append(sum(w * key[dim:][head] for w, key in zip(weights, keys, strict=True)) / sum(weights))
    return linear(mixer.out, torch.cat(heads))
