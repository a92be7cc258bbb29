"""What the naive references share: vectors one at a time, from the formulas and a module's own parameters, in float64.

Each attention has a file in `contexts/`, and each mixer one in `mixers/`, of the name of its yaml:

    context(module, parts, row, place)                        the context of position `place` of a row
    mix(mixer, position, parts, query, place, memory, times)  what the query at `place` gathers from memory

A row and a memory hold what the position sees and nothing else: of a causal variant, positions 0 ... place.
"""

import math
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


def linear(layer, x):
    return layer.weight @ x + (0 if layer.bias is None else layer.bias)


def softmax(logits):
    weights = [torch.exp(logit - max(float(other.detach()) for other in logits)) for logit in logits]
    return [weight / sum(weights) for weight in weights]


def layer_norm(layer, x):
    mean = x.sum() / len(x)
    variance = ((x - mean) ** 2).sum() / len(x)
    return (x - mean) / torch.sqrt(variance + layer.eps) * layer.weight + layer.bias


def dot(similarity, query, key):
    return (query * key).sum()


def scaled_dot(similarity, query, key):
    return dot(similarity, query, key) / math.sqrt(len(query))


def cosine(similarity, query, key):
    lengths = torch.sqrt((query**2).sum()) * torch.sqrt((key**2).sum())
    return dot(similarity, query, key) / lengths / torch.exp(similarity.temperature.log)


def additive(similarity, query, key):
    hidden = torch.tanh(linear(similarity.query, query) + linear(similarity.key, key))
    return (similarity.out.weight[0] * hidden).sum()


def hadamard(similarity, query, key):
    hidden = torch.relu(linear(similarity.hidden, query * key))
    return (similarity.out.weight[0] * hidden).sum()


def concat(similarity, query, key):
    weight = torch.cat([similarity.query.weight, similarity.key.weight], dim=1)
    hidden = torch.relu(weight @ torch.cat([query, key]) + similarity.query.bias)
    return (similarity.out.weight[0] * hidden).sum()


def dice(module, x):
    p = 1 / (1 + torch.exp(-(module.scale_A * x + module.shift_A)))
    return p * x + (1 - p) * module.alpha_A * x


def activation_unit(similarity, query, key):
    layers = [similarity.query, similarity.key, similarity.difference, similarity.product]
    weight = torch.cat([layer.weight for layer in layers], dim=1)
    inputs = torch.cat([query, key, query - key, query * key])
    hidden = dice(similarity.dice, weight @ inputs + similarity.query.bias)
    return (similarity.out.weight[0] * hidden).sum()


SIMILARITIES = {
    "dot": dot, "scaled_dot": scaled_dot, "cosine": cosine, "additive": additive, "hadamard": hadamard,
    "concat": concat, "activation_unit": activation_unit,
}  # fmt: skip


# --- poolings: the weights of all logits that a position sees


def smoothed(pooling, logits):
    weights = [torch.exp(logit) for logit in logits]
    return [weight / sum(weights) ** pooling.beta for weight in weights]


POOLINGS = {"softmax": lambda pooling, logits: softmax(logits), "smoothed": smoothed, "sum": lambda _, logits: logits}


# --- key biases: of the item at `at`, from the times of all items


def position_slope(bias, head, times, at):
    return bias.slope_H[head] * at


def time_slope(bias, head, times, at):
    return bias.slope_H[head] * (times[at] - times[0]) / bias.unit


def gap(bias, head, times, at):
    return bias.weight_HK[head, (times[at] - times[at - 1]).bit_length() if at else 33]


KEY_BIASES = {
    "none": lambda *_: 0.0, "position_slope": position_slope, "time_slope": time_slope, "gap": gap
}  # fmt: skip


# --- positions: add(position, x, place), rotate(position, x of a head, place), bias(position, head, asking, key)


def learned(position, x, place):
    return x + position.weight[place]


def sinusoidal(position, x, place):
    """By the formula; `position` holds a float32 table, which tests compare with it."""
    dim = len(x)
    angles = [place / 10000 ** (2 * (i // 2) / dim) for i in range(dim)]
    wave = [math.sin(angle) if i % 2 == 0 else math.cos(angle) for i, angle in enumerate(angles)]
    return x + 0.02 * torch.tensor(wave, dtype=torch.float64)


def rotary(position, x, place):
    turned = []
    for i in range(0, len(x), 2):
        angle = place / 10000 ** (i / len(x))
        turned += [
            x[i] * math.cos(angle) - x[i + 1] * math.sin(angle),
            x[i] * math.sin(angle) + x[i + 1] * math.cos(angle),
        ]
    return torch.stack(turned)


def alibi(position, head, asking, key):
    return -(2 ** (-8 * (head + 1) / len(position.slope_H))) * abs(asking - key)


def relative(position, head, asking, key):
    return position.weight[head, asking - key + position.max_history_len - 1]


# --- fusions of the vector of an id with those of its features


def sum_fusion(fusion, vector, features):
    return vector + sum(features)


def concat_fusion(fusion, vector, features):
    blocks = fusion.weight.split(len(vector), dim=1)
    return sum(block @ part for block, part in zip(blocks, [vector, *features], strict=True))


def gate_fusion(fusion, vector, features):
    gate = 1 / (1 + torch.exp(-(fusion.gate.weight @ torch.cat([vector, sum(features)]) + fusion.gate.bias)))
    return gate * vector + (1 - gate) * sum(features)


def no_fusion(fusion, vector, features):
    return vector


FUSIONS = {"sum": sum_fusion, "concat": concat_fusion, "gate": gate_fusion, "none": no_fusion}
ADD = {"learned": learned, "sinusoidal": sinusoidal}
ROTATE = {"rotary": rotary}
BIAS = {"alibi": alibi, "relative": relative}


# --- times: of the gap between two items


def buckets(time, head, gap):
    bucket = 0
    while math.exp(0.301 * (bucket + 1)) <= abs(gap):
        bucket += 1
    return time.weight_KH[min(bucket, time.num_buckets), head]


def decay(time, head, gap):
    rate = torch.log(1 + torch.exp(time.raw_rate_H[head]))
    return -rate * math.log(1 + abs(gap) / time.unit)


TIMES = {"none": lambda *_: 0.0, "buckets": buckets, "decay": decay}


@dataclass(frozen=True)
class Parts:
    """What is chosen inside a variant, by the names of the yaml files."""

    similarity: str = "scaled_dot"
    position: str = "learned"
    mixer: str = "softmax"
    pooling: str = "softmax"
    key_bias: str = "position_slope"
    feed_forward: str = "mlp"
    residual: str = "pre"
    time: str = "none"
    causal: bool = True  # otherwise all positions see all
    fusion: str = "sum"  # inside an attention that reads features
    time_module: Any = None  # of the variant that is asked

    def add(self, position, x, place):
        return ADD[self.position](position, x, place) if self.position in ADD else x

    def rotate(self, position, x, place):
        return ROTATE[self.position](position, x, place) if self.position in ROTATE else x

    def bias(self, position, head, asking, key):
        return BIAS[self.position](position, head, asking, key) if self.position in BIAS else 0.0

    def fused(self, fusion, vector, features):
        return FUSIONS[self.fusion](fusion, vector, features)

    def time_bias(self, head, times, asking, key):
        """Between the items at two positions. times: of what the position sees."""
        return TIMES[self.time](self.time_module, head, times[asking] - times[key])

    def logit(self, similarity, query, key):
        return SIMILARITIES[self.similarity](similarity, query, key)

    def weights(self, pooling, logits):
        return POOLINGS[self.pooling](pooling, logits)

    def key_bias_of(self, bias, head, times, at):
        return KEY_BIASES[self.key_bias](bias, head, times, at)


@dataclass(frozen=True)
class Row:
    """What one position sees of one history, and the candidate that is scored there."""

    items: list[Tensor]  # the vectors, oldest first
    item_idx: list[int]
    times: list[int]
    features: list[Tensor]  # the vectors of each item's features, [F, D]; empty where there are none
    user: Tensor | None
    candidate: Tensor
    candidate_idx: int


def references(folder, function):
    """{name: function} of the files of a folder beside this one."""
    names = sorted(file.stem for file in (Path(__file__).parent / folder).glob("*.py") if file.stem != "__init__")
    return {name: getattr(import_module(f"{__package__}.{folder}.{name}"), function) for name in names}


def score(scorer_name, scorer, context, candidate):
    if scorer_name == "dot":
        return (context * candidate).sum()
    if scorer_name == "bilinear":
        return context @ scorer.weight @ candidate
    if scorer_name == "cosine":
        lengths = torch.sqrt((context**2).sum()) * torch.sqrt((candidate**2).sum())
        return (context * candidate).sum() / lengths / torch.exp(scorer.temperature.log)
    inputs = torch.cat([context, candidate, context * candidate])
    weight = torch.cat([scorer.context.weight, scorer.item.weight, scorer.product.weight], dim=1)
    return (scorer.out.weight[0] * torch.relu(weight @ inputs + scorer.context.bias)).sum()
