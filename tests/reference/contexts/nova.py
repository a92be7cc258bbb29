"""NOVA, and the blocks that DIF-SR shares with it."""

import math

import torch

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
        read = [layer_norm(block.mixer_norm, x) for x in vectors]
        attended = [
            x + mixed(block.mixer, parts, position, list(zip(read, sides, strict=True)), at, logit)
            for at, x in enumerate(vectors)
        ]
        vectors = [x + feed_forward(block.feed_forward, layer_norm(block.feed_forward_norm, x)) for x in attended]
    return layer_norm(module.norm, vectors[place])


def feed_forward(layers, x):
    up, activation, down = layers
    return linear(down, activation(linear(up, x)))


def mixed(mixer, parts, position, memory, place, logit):
    """What the item at `place` gathers. memory: (vector, those beside it) of each item."""
    size, seen = mixer.head_dim, range(place + 1 if parts.causal else len(memory))
    heads = []
    for number, start in enumerate(range(0, len(memory[0][0]), size)):
        head = slice(start, start + size)
        logits = []
        for at in seen:
            places = (place, at)

            def turned(x, which, places=places, head=head):
                return parts.rotate(position, x[head], places[which])

            found = logit(mixer, parts, turned, memory[place], memory[at]) / math.sqrt(size)
            logits.append(found + parts.bias(position, number, place, at))
        values = [linear(mixer.value, memory[at][0])[head] for at in seen]
        heads.append(sum(a * value for a, value in zip(softmax(logits), values, strict=True)))
    return linear(mixer.out, torch.cat(heads))
