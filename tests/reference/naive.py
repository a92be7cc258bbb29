"""Every attention variant written as loops over single vectors, from the formulas and a module's own parameters.

`contexts(module, items, user, position, candidate)`: the context and, for candidate-aware variants, the weights come
from one candidate. All arguments are float64 vectors; items is the list of x_0 ... x_t.
"""

import math

import torch


def linear(layer, x):
    return layer.weight @ x + (0 if layer.bias is None else layer.bias)


def softmax(logits):
    weights = [torch.exp(logit - max(logits, key=float).detach()) for logit in logits]
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


def mean_context(module, similarity, items, user, candidate):
    return sum(linear(module.value, x) for x in items) / len(items)


def user_context(module, similarity, items, user, candidate):
    asked = user + items[-1] if module.last_item else user
    keys = [linear(module.key, x + module.position.weight[place]) for place, x in enumerate(items)]
    weights = softmax([similarity(module.similarity, linear(module.query, asked), key) for key in keys])
    pooled = sum(a * linear(module.value, x) for a, x in zip(weights, items, strict=True))
    return layer_norm(module.norm, asked + pooled)


def item_context(module, similarity, items, user, candidate):
    keys = [linear(module.key, x + module.position.weight[place]) for place, x in enumerate(items)]
    asked = linear(module.query, candidate)
    logits = [similarity(module.similarity, key, asked) + module.recency * place for place, key in enumerate(keys)]
    return sum(a * linear(module.value, x) for a, x in zip(softmax(logits), items, strict=True))


def interaction_context(module, similarity, items, user, candidate):
    owner = linear(module.user, layer_norm(module.user_norm, user))
    tokens = [(owner, 0, 0)]
    for place, x in enumerate(items):
        item = linear(module.item, layer_norm(module.item_norm, x))
        tokens += [(item, 1, place + 1), (owner * item, 2, place + 1)]
    logits = [
        similarity(module.similarity, m, candidate) + module.kind_bias[kind] + module.recency * place
        for m, kind, place in tokens
    ]
    pairs = zip(softmax(logits), tokens, strict=True)
    return sum(a * module.kind_weight[kind] * m for a, (m, kind, _) in pairs)


def transformer_context(module, similarity, items, user, candidate):
    stream = [x + module.position.weight[place] for place, x in enumerate(items)]
    for block in module.blocks:
        stream = transformer_block(block, similarity, stream)
    return layer_norm(module.norm, stream[-1]) if isinstance(module.norm, torch.nn.LayerNorm) else stream[-1]


def transformer_block(block, similarity, stream):
    read = [layer_norm(block.attention_norm, x) for x in stream] if block.pre else stream
    out = []
    for place, x in enumerate(stream):
        attended = x + multi_head(block.attention, similarity, read[place], read[: place + 1])
        if block.pre:
            out.append(attended + feed_forward(block, layer_norm(block.feed_forward_norm, attended)))
        else:
            attended = layer_norm(block.attention_norm, attended)
            out.append(layer_norm(block.feed_forward_norm, attended + feed_forward(block, attended)))
    return out


def feed_forward(block, x):
    up, activation, down = block.feed_forward
    return linear(down, activation(linear(up, x)))


def multi_head(attention, similarity, query, memory):
    size = attention.head_dim
    asked, keys = linear(attention.query, query), [linear(attention.key_value, x) for x in memory]
    heads = []
    for start in range(0, len(query), size):
        head = slice(start, start + size)
        logits = [similarity(attention.similarity, asked[head], key[: len(query)][head]) for key in keys]
        values = [key[len(query) :][head] for key in keys]
        heads.append(sum(a * value for a, value in zip(softmax(logits), values, strict=True)))
    return linear(attention.out, torch.cat(heads))


CONTEXTS = {
    "mean": mean_context,
    "user": user_context,
    "item": item_context,
    "interaction": interaction_context,
    "transformer": transformer_context,
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
