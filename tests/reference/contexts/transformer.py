"""Transformer: blocks of a mixer and a feed-forward layer."""

import torch

from tests.reference.naive import layer_norm, linear, references

MIXERS = references("mixers", "mix")


def context(module, parts, row, place):
    stream = [parts.add(module.position, x, at) for at, x in enumerate(row.items)]
    for block in module.blocks:
        stream = transformer_block(block, module.position, parts, stream, row.times)
    return layer_norm(module.norm, stream[place]) if isinstance(module.norm, torch.nn.LayerNorm) else stream[place]


def transformer_block(block, position, parts, stream, times):
    read = [layer_norm(block.mixer_norm, x) for x in stream] if block.pre else stream
    out = []
    for place, x in enumerate(stream):
        seen = slice(place + 1 if parts.causal else None)
        mixed = MIXERS[parts.mixer](block.mixer, position, parts, read[place], place, read[seen], times[seen])
        attended = x + mixed
        if block.pre:
            out.append(attended + feed_forward(block, layer_norm(block.feed_forward_norm, attended)))
        else:
            attended = layer_norm(block.mixer_norm, attended)
            out.append(layer_norm(block.feed_forward_norm, attended + feed_forward(block, attended)))
    return out


def feed_forward(block, x):
    up, activation, down = block.feed_forward
    return linear(down, activation(linear(up, x)))
