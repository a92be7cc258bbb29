"""Attention of the item side over the k items that a search has found, by loops."""

import torch

from tests.reference.naive import linear


def attend(module, parts, row, relevance):
    """The context by `module.target`; among equally relevant items the newer ones are found.

    relevance(at, logit): of the item at `at`, whose logit in the head is `logit`: what the search compares, and what is
    added to the logit.
    """
    target, dim = module.target, len(row.candidate)
    query, size = linear(target.query, row.candidate), target.head_dim
    pooled = 0
    for head in range(dim // size):
        part = slice(head * size, (head + 1) * size)
        found = []
        for at, x in enumerate(row.items):
            key = linear(target.key, parts.add(target.position, x, at))
            logit = parts.logit(target.similarity, key[part], query[part])
            logit = logit + parts.key_bias_of(target.key_bias, head, row.times, at)
            relevant, joins = relevance(at, logit)
            found.append((torch.as_tensor(relevant).item(), at, logit + joins))
        chosen = sorted(sorted(found, key=lambda one: one[:2])[-module.k :], key=lambda one: one[1])
        weights = parts.weights(target.pooling, [logit for _, _, logit in chosen])
        for weight, (_, at, _) in zip(weights, chosen, strict=True):
            pooled = pooled + weight * linear(target.value, row.items[at])[head * dim : (head + 1) * dim]
    return pooled
