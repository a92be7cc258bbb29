"""TiSASRec."""

import math
from itertools import pairwise

import torch

from tests.reference.naive import linear, softmax


def mix(mixer, position, parts, query, place, memory, times):
    size, dim = mixer.head_dim, len(query)
    gaps = [later - earlier for earlier, later in pairwise(times) if later > earlier]
    intervals = [abs(times[place] - time) // min(gaps) if gaps else 0 for time in times]
    intervals = [min(interval, mixer.max_interval) for interval in intervals]
    query = linear(mixer.query, query)
    keys, values = [], []
    for at, x in enumerate(memory):
        key_value = linear(mixer.key_value, x) + mixer.position_key_value[at]
        keys.append(key_value[:dim] + mixer.interval_key[intervals[at]])
        values.append(key_value[dim:] + mixer.interval_value[intervals[at]])
    heads = []
    for start in range(0, dim, size):
        head = slice(start, start + size)
        weights = softmax([(query[head] * key[head]).sum() / math.sqrt(size) for key in keys])
        heads.append(sum(a * value[head] for a, value in zip(weights, values, strict=True)))
    return linear(mixer.out, torch.cat(heads))
