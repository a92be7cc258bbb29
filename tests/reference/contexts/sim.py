"""SIM, soft search: dot products, which join the logits."""

from tests.reference.naive import linear
from tests.reference.top_k import attend


def context(module, parts, row, place):
    def relevance(at, logit):
        found = (linear(module.search_key, row.items[at]) * linear(module.search_query, row.candidate)).sum()
        return found, found

    return attend(module, parts, row, relevance)
