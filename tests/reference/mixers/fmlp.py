"""A convolution with what is seen, term by term; what comes later is as far away as if the row began again."""


def mix(mixer, position, parts, query, place, memory, times):
    return sum(mixer.filter_LD[(place - at) % len(mixer.filter_LD)] * x for at, x in enumerate(memory))
