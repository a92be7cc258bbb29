"""HSTU."""

import torch

from tests.reference.blocks import silu
from tests.reference.naive import linear


def mix(mixer, position, parts, query, place, memory, times):
    size, dim = mixer.head_dim, len(query)
    asked, gate = silu(linear(mixer.query_gate, query)).chunk(2)
    keys_values = [silu(linear(mixer.key_value, x)) for x in memory]
    heads = []
    for number, start in enumerate(range(0, dim, size)):
        head = slice(start, start + size)
        asking, gathered = parts.rotate(position, asked[head], place), 0
        for at, key_value in enumerate(keys_values):
            logit = (asking * parts.rotate(position, key_value[:dim][head], at)).sum()
            logit = logit + parts.bias(position, number, place, at) + parts.time_bias(number, times, place, at)
            gathered = gathered + silu(logit) / mixer.max_history_len * key_value[dim:][head]
        heads.append(gathered)
    joined = torch.cat(heads)
    centred = joined - joined.mean()
    normed = centred / torch.sqrt((centred**2).mean() + 1e-6)
    return linear(mixer.out, normed * gate)
