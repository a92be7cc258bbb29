"""CARCA: the item side over what a Transformer without positions makes of the history."""

from dataclasses import replace

from tests.reference.contexts import item, transformer


def context(module, parts, row, place):
    parts = replace(parts, position="none", key_bias="none")
    seen = [replace(row, items=row.items[: at + 1], times=row.times[: at + 1]) for at in range(len(row.items))]
    profile = [transformer.context(module.encoder, parts, before, at) for at, before in enumerate(seen)]
    return item.context(module.target, parts, replace(row, items=profile), place)
