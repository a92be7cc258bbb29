"""FuXi-alpha."""

import torch

from tests.reference.blocks import silu
from tests.reference.naive import buckets, linear


def mix(mixer, position, parts, query, place, memory, times):
    size, dim = mixer.head_dim, len(query)
    asked, gate = silu(linear(mixer.query, query)), silu(linear(mixer.gate, query))
    meaning, distance, gap = [], 0, 0
    keys_values = [silu(linear(mixer.key_value, x)) for x in memory]
    for start in range(0, dim, size):
        head = slice(start, start + size)
        weights = [silu((asked[head] * kv[:dim][head]).sum()) / mixer.max_history_len for kv in keys_values]
        meaning.append(sum(a * kv[dim:][head] for a, kv in zip(weights, keys_values, strict=True)))
    for at, key_value in enumerate(keys_values):
        distance = distance + mixer.distance.weight[0, place - at + mixer.max_history_len - 1] * key_value[dim:]
        if mixer.gap is not None:
            gap = gap + buckets(mixer.gap, 0, times[place] - times[at]) * key_value[dim:]
    channels = torch.cat([*meaning, distance] + ([] if mixer.gap is None else [gap]))
    normed = channels / torch.sqrt((channels**2).mean() + 1e-6)
    return linear(mixer.out, normed * gate)
