"""The metric that counts where nobody names one: it selects the weights and sorts the tables."""

from collections.abc import Iterable

USUAL = 10  # the cut-off of most papers


def main_metric(keys: Iterable[str]) -> str:
    """Of keys such as `hr@5`, `ndcg@10`, `mrr`: NDCG where it is there, at 10 or else at the largest cut-off.

    Without NDCG the first name of the alphabet. The order of `keys` does not matter.
    """

    def order(key: str) -> tuple[bool, str, bool, int]:
        name, _, cutoff = key.partition("@")
        k = int(cutoff) if cutoff.isdecimal() else 0
        return name != "ndcg", name, k != USUAL, -k

    return min(keys, key=order)
