"""Interactions made by hand and at random, with times."""

import numpy as np

from recexp.data.interactions import Interactions


def timed(*histories: list[tuple[int, int]], num_items: int | None = None) -> Interactions:
    """One list of (item, time), in time order, for each user."""
    item, time = np.array([pair for history in histories for pair in history]).T
    lengths = [len(history) for history in histories]
    return Interactions(
        user_idx=np.repeat(np.arange(len(histories)), lengths).astype(np.int32),
        item_idx=item.astype(np.int32),
        time=time,
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        user_ids=np.arange(len(histories)),
        item_ids=np.arange((num_items or item.max()) + 1),
    )


def random_timed(seed: int, *, users: int = 25, items: int = 30, until: int = 60) -> Interactions:
    """Users who come at different times, many interactions at the same time."""
    generator = np.random.default_rng(seed)
    histories = []
    for _ in range(users):
        length, first = generator.integers(1, 15), generator.integers(0, until)
        times = np.sort(generator.integers(first, until + 10, length))
        histories.append(list(zip(generator.integers(1, items + 1, length), times, strict=True)))
    return timed(*histories, num_items=items)
