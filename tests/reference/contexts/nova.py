"""NOVA, and the blocks that DIF-SR shares with it."""

import math

import torch

from tests.reference.blocks import RESIDUALS
from tests.reference.contexts.transformer import feed_forward
from tests.reference.naive import layer_norm, linear, softmax


def context(module, parts, row, place):
    return stream(module, parts, row, place, logit)


def logit(mixer, parts, turned, asking, key):
    """Of one head; asking, key: a vector and those beside it. turned(x, which): its head, turned by its position."""
    fused = [parts.fused(mixer.fusion, item, side) for item, side in (asking, key)]
    return (turned(linear(mixer.query, fused[0]), 0) * turned(linear(mixer.key, fused[1]), 1)).sum()


def stream(module, parts, row, place, logit):
    vectors, position = row.items, module.position
    sides = [
        [*features, parts.add(position, torch.zeros_like(vectors[0]), at)] for at, features in enumerate(row.features)
    ]
    for block in module.blocks:
        vectors = [after_block(block, parts, position, vectors, sides, at, logit) for at in range(len(vectors))]
    return layer_norm(module.norm, vectors[place]) if parts.residual in ("pre", "sasrec") else vectors[place]


def after_block(block, parts, position, vectors, sides, place, logit):
    join = RESIDUALS[parts.residual]

    def attended(query, read):
        memory = list(zip(map(read, vectors), sides, strict=True))
        return mixed(block.mixer, parts, position, (query, sides[place]), memory, place, logit)

    x = join(block.mixer_residual, vectors[place], attended)
    if parts.feed_forward == "none":
        return x
    return join(block.feed_forward_residual, x, lambda query, _: feed_forward(block, parts, query))


def mixed(mixer, parts, position, asking, memory, place, logit):
    """What the item at `place` gathers. asking, and memory of each item: a vector and those beside it."""
    size, seen = mixer.head_dim, range(place + 1 if parts.causal else len(memory))
    heads = []
    for number, start in enumerate(range(0, len(asking[0]), size)):
        head = slice(start, start + size)
        logits = []
        for at in seen:
            places = (place, at)

            def turned(x, which, places=places, head=head):
                return parts.rotate(position, x[head], places[which])

            found = logit(mixer, parts, turned, asking, memory[at]) / math.sqrt(size)
            logits.append(found + parts.bias(position, number, place, at))
        values = [linear(mixer.value, memory[at][0])[head] for at in seen]
        heads.append(sum(a * value for a, value in zip(softmax(logits), values, strict=True)))
    return linear(mixer.out, torch.cat(heads))
