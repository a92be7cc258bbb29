"""The user's vector at the input or the output of a Transformer."""

from dataclasses import replace

import torch

from tests.reference.contexts import transformer
from tests.reference.naive import linear


def context(module, parts, row, place):
    def combined(x):
        return torch.cat([x, row.user]) if module.combine == "concat" else x + row.user

    if module.place == "input":
        inside = replace(row, items=[combined(x) for x in row.items])
        return transformer.context(module.encoder, parts, inside, place)[: len(row.user)]
    found = combined(transformer.context(module.encoder, parts, row, place))
    return linear(module.output, found) if module.combine == "concat" else found
