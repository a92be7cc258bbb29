"""DIF-SR."""

from tests.reference.contexts.nova import stream
from tests.reference.naive import linear


def context(module, parts, row, place):
    return stream(module, parts, row, place, logit)


def logit(mixer, parts, turned, asking, key):
    pairs = zip([asking[0], *asking[1]], [key[0], *key[1]], strict=True)
    return sum(
        (turned(linear(mixer.query[number], query), 0) * turned(linear(mixer.key[number], other), 1)).sum()
        for number, (query, other) in enumerate(pairs)
    )
