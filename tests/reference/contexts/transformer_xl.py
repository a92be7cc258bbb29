"""A Transformer that reads segments: a position sees its segment and the memory before it, which holds no gradient."""

from tests.reference.blocks import RESIDUALS
from tests.reference.contexts.transformer import MIXERS, feed_forward
from tests.reference.naive import layer_norm


def context(module, parts, row, place):
    stream = [parts.add(module.position, x, at) for at, x in enumerate(row.items)]
    for block in module.blocks:
        stream = [position_out(module, block, parts, stream, at, row.times) for at in range(len(stream))]
    return layer_norm(module.norm, stream[place]) if parts.residual in ("pre", "sasrec") else stream[place]


def position_out(module, block, parts, stream, place, times):
    start = place // module.segment_len * module.segment_len
    first = max(0, start - module.memory_len)
    seen = [x.detach() for x in stream[first:start]] + stream[start : place + 1]
    join = RESIDUALS[parts.residual]

    def mixed(query, read):
        memory = [read(vector) for vector in seen]
        return MIXERS[parts.mixer](
            block.mixer, module.position, parts, query, place - first, memory, times[first : place + 1]
        )

    x = join(block.mixer_residual, stream[place], mixed)
    if parts.feed_forward == "none":
        return x
    return join(block.feed_forward_residual, x, lambda query, _: feed_forward(block, parts, query))
