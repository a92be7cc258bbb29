"""Transformer: blocks of a mixer and a feed-forward layer."""

from dataclasses import replace

from tests.reference.blocks import FEED_FORWARDS, RESIDUALS
from tests.reference.naive import layer_norm, references

MIXERS = references("mixers", "mix")


def context(module, parts, row, place):
    parts = replace(parts, time_module=module.time)
    stream = [parts.add(module.position, x, at) for at, x in enumerate(row.items)]
    for block in module.blocks:
        stream = transformer_block(block, module.position, parts, stream, row.times)
    return layer_norm(module.norm, stream[place]) if parts.residual in ("pre", "sasrec") else stream[place]


def transformer_block(block, position, parts, stream, times):
    join = RESIDUALS[parts.residual]
    out = []
    for place, x in enumerate(stream):
        seen = slice(place + 1 if parts.causal else None)

        def mixed(query, read, place=place, seen=seen):
            memory = [read(vector) for vector in stream[seen]]
            return MIXERS[parts.mixer](block.mixer, position, parts, query, place, memory, times[seen])

        x = join(block.mixer_residual, x, mixed)
        if parts.feed_forward != "none":
            x = join(block.feed_forward_residual, x, lambda query, _: feed_forward(block, parts, query))
        out.append(x)
    return out


def feed_forward(block, parts, x):
    return FEED_FORWARDS[parts.feed_forward](block.feed_forward, x)
