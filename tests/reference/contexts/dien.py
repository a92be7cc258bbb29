"""DIEN: a recurrence for one candidate, gate by gate."""

import torch

from tests.reference.contexts.gru import states
from tests.reference.naive import linear


def context(module, parts, row, place):
    size = module.gru.hidden_size
    update_of, reset_of, new_of = (slice(gate * size, (gate + 1) * size) for gate in range(3))
    read, recur, bias = module.cell.input.weight, module.cell.state.weight, module.cell.input.bias
    interest = torch.zeros(size, dtype=torch.float64)
    for state in states(module.gru, row.items):
        attention = sigmoid((state * linear(module.query, row.candidate)).sum())
        update = attention * sigmoid(read[update_of] @ state + recur[update_of] @ interest + bias[update_of])
        reset = sigmoid(read[reset_of] @ state + recur[reset_of] @ interest + bias[reset_of])
        new = torch.tanh(read[new_of] @ state + reset * (recur[new_of] @ interest) + bias[new_of])
        interest = (1 - update) * interest + update * new
    return linear(module.output, interest)


def sigmoid(x):
    return 1 / (1 + torch.exp(-x))
