"""Softmax attention over the nearest positions."""

from tests.reference.mixers import softmax


def mix(mixer, position, parts, query, place, memory, times):
    near = [at for at in range(len(memory)) if abs(place - at) < mixer.window]
    return softmax.mix(mixer, position, parts, query, place, memory, times, near)
