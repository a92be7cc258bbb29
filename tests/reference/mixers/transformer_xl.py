"""Softmax attention whose logits compare contents and distances apart."""

import torch

from tests.reference.naive import linear, softmax


def wave(distance, dim):
    angles = [distance / 10000 ** (2 * i / dim) for i in range((dim + 1) // 2)]
    return torch.cat([torch.tensor(angles).double().sin(), torch.tensor(angles).double().cos()])[:dim]


def mix(mixer, position, parts, query, place, memory, times):
    size, dim = mixer.head_dim, len(query)
    query, keys = linear(mixer.query, query), [linear(mixer.key_value, x) for x in memory]
    heads = []
    for number, start in enumerate(range(0, dim, size)):
        head = slice(start, start + size)
        logits = []
        for at, key in enumerate(keys):
            distance = linear(mixer.distance, wave(place - at, dim))[head]
            content = ((query[head] + mixer.content_bias_HE[number]) * key[:dim][head]).sum()
            logits.append((content + ((query[head] + mixer.distance_bias_HE[number]) * distance).sum()) / size**0.5)
        heads.append(sum(a * key[dim:][head] for a, key in zip(softmax(logits), keys, strict=True)))
    return linear(mixer.out, torch.cat(heads))
