"""A convolution with the past, term by term."""


def mix(mixer, position, parts, query, place, memory, times):
    return sum(mixer.filter_LD[place - at] * x for at, x in enumerate(memory))
