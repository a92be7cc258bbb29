"""ETA: the search compares bits."""

from tests.reference.top_k import attend


def context(module, parts, row, place):
    def bits(x):
        return [bool((normal * x).sum() > 0) for normal in module.normal_KD]

    def relevance(at, logit):
        pairs = zip(bits(row.items[at]), bits(row.candidate), strict=True)
        return -sum(one != other for one, other in pairs), 0

    return attend(module, parts, row, relevance)
