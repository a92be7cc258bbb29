"""Multi-head softmax attention."""

import torch

from tests.reference.naive import linear, softmax


def mix(mixer, position, parts, query, place, memory, times, visible=None):
    """visible: the positions that are seen, by default all of memory."""
    visible = range(len(memory)) if visible is None else visible
    size, dim = mixer.head_dim, len(query)
    query, keys = linear(mixer.query, query), {at: linear(mixer.key_value, memory[at]) for at in visible}
    heads = []
    for number, start in enumerate(range(0, dim, size)):
        head = slice(start, start + size)
        asking = parts.rotate(position, query[head], place)
        logits = [
            parts.logit(mixer.similarity, asking, parts.rotate(position, key[:dim][head], at))
            + parts.bias(position, number, place, at)
            + parts.time_bias(number, times, place, at)
            for at, key in keys.items()
        ]
        heads.append(sum(a * key[dim:][head] for a, key in zip(softmax(logits), keys.values(), strict=True)))
    return linear(mixer.out, torch.cat(heads))
