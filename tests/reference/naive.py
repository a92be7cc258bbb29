"""Every attention variant written as loops over single vectors, from the formulas and a module's own parameters.

A context is `CONTEXTS[variant](module, parts, items, place, user, candidate)`: of the position `place` among the
visible items x_0 ... x_n (of a causal variant, x_0 ... x_place), for one candidate. All vectors are float64.
"""

import math
from dataclasses import dataclass

import torch


def linear(layer, x):
    return layer.weight @ x + (0 if layer.bias is None else layer.bias)


def softmax(logits):
    weights = [torch.exp(logit - max(float(other) for other in logits)) for logit in logits]
    return [weight / sum(weights) for weight in weights]


def layer_norm(layer, x):
    mean = x.sum() / len(x)
    variance = ((x - mean) ** 2).sum() / len(x)
    return (x - mean) / torch.sqrt(variance + layer.eps) * layer.weight + layer.bias


def dot(similarity, query, key):
    return sum(q * k for q, k in zip(query, key, strict=True))


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


SIMILARITIES = {
    "dot": dot, "scaled_dot": scaled_dot, "cosine": cosine, "additive": additive, "hadamard": hadamard
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


ADD = {"learned": learned, "sinusoidal": sinusoidal}
ROTATE = {"rotary": rotary}
BIAS = {"alibi": alibi, "relative": relative}


@dataclass(frozen=True)
class Parts:
    """What is chosen inside a variant, by the names of the yaml files."""

    similarity: str = "scaled_dot"
    position: str = "learned"
    mixer: str = "softmax"
    causal: bool = True  # otherwise all positions see all

    def add(self, position, x, place):
        return ADD[self.position](position, x, place) if self.position in ADD else x

    def rotate(self, position, x, place):
        return ROTATE[self.position](position, x, place) if self.position in ROTATE else x

    def bias(self, position, head, asking, key):
        return BIAS[self.position](position, head, asking, key) if self.position in BIAS else 0.0

    def logit(self, similarity, query, key):
        return SIMILARITIES[self.similarity](similarity, query, key)


def mean_context(module, parts, items, place, user, candidate):
    return sum(linear(module.value, x) for x in items) / len(items)


def user_context(module, parts, items, place, user, candidate):
    asking = (0 if user is None else user) + (items[place] if module.last_item else 0)
    query = parts.rotate(module.position, linear(module.query, asking), place)
    logits = []
    for at, x in enumerate(items):
        key = parts.rotate(module.position, linear(module.key, parts.add(module.position, x, at)), at)
        logits.append(parts.logit(module.similarity, query, key) + parts.bias(module.position, 0, place, at))
    pooled = sum(a * linear(module.value, x) for a, x in zip(softmax(logits), items, strict=True))
    return layer_norm(module.norm, asking + pooled)


def item_context(module, parts, items, place, user, candidate):
    keys = [linear(module.key, parts.add(module.position, x, at)) for at, x in enumerate(items)]
    query = linear(module.query, candidate)
    logits = [parts.logit(module.similarity, key, query) + module.recency * at for at, key in enumerate(keys)]
    return sum(a * linear(module.value, x) for a, x in zip(softmax(logits), items, strict=True))


def interaction_context(module, parts, items, place, user, candidate):
    owner = linear(module.user, layer_norm(module.user_norm, user))
    tokens = [(owner, 0, 0)]
    for at, x in enumerate(items):
        item = linear(module.item, layer_norm(module.item_norm, x))
        tokens += [(item, 1, at + 1), (owner * item, 2, at + 1)]
    logits = [
        parts.logit(module.similarity, m, candidate) + module.kind_bias[kind] + module.recency * at
        for m, kind, at in tokens
    ]
    pairs = zip(softmax(logits), tokens, strict=True)
    return sum(a * module.kind_weight[kind] * m for a, (m, kind, _) in pairs)


def transformer_context(module, parts, items, place, user, candidate):
    stream = [parts.add(module.position, x, at) for at, x in enumerate(items)]
    for block in module.blocks:
        stream = transformer_block(block, module.position, parts, stream)
    return layer_norm(module.norm, stream[place]) if isinstance(module.norm, torch.nn.LayerNorm) else stream[place]


def transformer_block(block, position, parts, stream):
    read = [layer_norm(block.mixer_norm, x) for x in stream] if block.pre else stream
    out = []
    for place, x in enumerate(stream):
        visible = read[: place + 1] if parts.causal else read
        attended = x + MIXERS[parts.mixer](block.mixer, position, parts, read[place], place, visible)
        if block.pre:
            out.append(attended + feed_forward(block, layer_norm(block.feed_forward_norm, attended)))
        else:
            attended = layer_norm(block.mixer_norm, attended)
            out.append(layer_norm(block.feed_forward_norm, attended + feed_forward(block, attended)))
    return out


def feed_forward(block, x):
    up, activation, down = block.feed_forward
    return linear(down, activation(linear(up, x)))


def softmax_mixer(mixer, position, parts, query, place, memory):
    size, dim = mixer.head_dim, len(query)
    query, keys = linear(mixer.query, query), [linear(mixer.key_value, x) for x in memory]
    heads = []
    for number, start in enumerate(range(0, dim, size)):
        head = slice(start, start + size)
        asking = parts.rotate(position, query[head], place)
        logits = [
            parts.logit(mixer.similarity, asking, parts.rotate(position, key[:dim][head], at))
            + parts.bias(position, number, place, at)
            for at, key in enumerate(keys)
        ]
        heads.append(sum(a * key[dim:][head] for a, key in zip(softmax(logits), keys, strict=True)))
    return linear(mixer.out, torch.cat(heads))


def positive(x):
    return torch.where(x > 0, x + 1, torch.exp(x))


def linear_mixer(mixer, position, parts, query, place, memory):
    size, dim = mixer.head_dim, len(query)
    query, keys = linear(mixer.query, query), [linear(mixer.key_value, x) for x in memory]
    heads = []
    for start in range(0, dim, size):
        head = slice(start, start + size)
        weights = [(positive(query[head]) * positive(key[:dim][head])).sum() for key in keys]
        heads.append(sum(w * key[dim:][head] for w, key in zip(weights, keys, strict=True)) / sum(weights))
    return linear(mixer.out, torch.cat(heads))


def gru_context(module, parts, items, place, user, candidate):
    """One layer; weights are stacked in the order reset, update, new."""
    gru, state = module.gru, torch.zeros(module.gru.hidden_size, dtype=torch.float64)
    for x in items:
        reset_x, update_x, new_x = (gru.weight_ih_l0 @ x + gru.bias_ih_l0).chunk(3)
        reset_h, update_h, new_h = (gru.weight_hh_l0 @ state + gru.bias_hh_l0).chunk(3)
        update = 1 / (1 + torch.exp(-update_x - update_h))
        new = torch.tanh(new_x + new_h / (1 + torch.exp(-reset_x - reset_h)))
        state = (1 - update) * new + update * state
    return linear(module.output, state)


MIXERS = {"softmax": softmax_mixer, "linear": linear_mixer}

CONTEXTS = {
    "mean": mean_context,
    "user": user_context,
    "item": item_context,
    "interaction": interaction_context,
    "transformer": transformer_context,
    "gru": gru_context,
}


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
