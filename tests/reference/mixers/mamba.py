"""The selective state space, one position after the other."""

import torch

from tests.reference.naive import linear


def silu(x):
    return x / (1 + torch.exp(-x))


def mix(mixer, position, parts, query, place, memory, times):
    inner = len(mixer.skip_I)
    taps = mixer.convolution.weight[:, 0]  # [I, kernel_size], the newest last
    inputs = [linear(mixer.input, x)[:inner] for x in memory]
    state = torch.zeros(inner, mixer.state_size, dtype=torch.float64)
    for at in range(len(memory)):
        x = mixer.convolution.bias
        for back in range(min(at + 1, taps.shape[1])):
            x = x + taps[:, -1 - back] * inputs[at - back]
        x = silu(x)
        step, b, c = torch.split(linear(mixer.select, x), [mixer.rank, mixer.state_size, mixer.state_size])
        step = torch.log(1 + torch.exp(linear(mixer.step, step)))
        state = torch.stack(
            [
                torch.exp(-step[i] * torch.exp(mixer.log_rate_IS[i])) * state[i] + step[i] * b * x[i]
                for i in range(inner)
            ]
        )
    y = torch.stack([(state[i] * c).sum() for i in range(inner)]) + mixer.skip_I * x
    return linear(mixer.out, y * silu(linear(mixer.input, memory[-1])[inner:]))
