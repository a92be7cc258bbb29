"""A gated recurrent unit of one layer."""

import torch

from tests.reference.naive import linear


def context(module, parts, row, place):
    """One layer; weights are stacked in the order reset, update, new."""
    gru, state = module.gru, torch.zeros(module.gru.hidden_size, dtype=torch.float64)
    for x in row.items:
        reset_x, update_x, new_x = (gru.weight_ih_l0 @ x + gru.bias_ih_l0).chunk(3)
        reset_h, update_h, new_h = (gru.weight_hh_l0 @ state + gru.bias_hh_l0).chunk(3)
        update = 1 / (1 + torch.exp(-update_x - update_h))
        new = torch.tanh(new_x + new_h / (1 + torch.exp(-reset_x - reset_h)))
        state = (1 - update) * new + update * state
    return linear(module.output, state)
