"""Naive references of what a Transformer block is made of beside its mixer, by the names of the yaml files.

A residual joins a layer to the vector x of a position: `layer(query, read)` is the layer's output for the query, where
`read` is what it does to each vector of the memory first.
"""

import torch

from tests.reference.naive import layer_norm, linear


def pre(residual, x, layer):
    return x + layer(layer_norm(residual.norm, x), lambda vector: layer_norm(residual.norm, vector))


def post(residual, x, layer):
    return layer_norm(residual.norm, x + layer(x, lambda vector: vector))


def sasrec(residual, x, layer):
    query = layer_norm(residual.norm, x)
    return query + layer(query, lambda vector: vector)


def gated(residual, x, layer):
    gate = 1 / (1 + torch.exp(-linear(residual.gate, x)))
    return x + gate * layer(layer_norm(residual.norm, x), lambda vector: layer_norm(residual.norm, vector))


def silu(x):
    return x / (1 + torch.exp(-x))


def mlp(layer, x):
    hidden = linear(layer.up, x)
    return linear(layer.down, hidden * 0.5 * (1 + torch.erf(hidden / 2**0.5)))


def swiglu(layer, x):
    return layer.down.weight @ (silu(layer.gate.weight @ x) * (layer.up.weight @ x))


RESIDUALS = {"pre": pre, "post": post, "sasrec": sasrec, "gated": gated}
FEED_FORWARDS = {"mlp": mlp, "swiglu": swiglu}  # none: a block has no second layer
