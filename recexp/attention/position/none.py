"""No positions: the order of a history is known from the causal mask alone."""

from recexp.attention.position.base import Position


class NoPosition(Position):
    """Nothing is added anywhere."""

    def __init__(self, *, max_history_len: int, embedding_dim: int, num_heads: int) -> None:
        super().__init__()
