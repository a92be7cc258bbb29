"""TWIN: the search and the attention that follows compare candidate and history in the same way.

Letters: B batch, L history.
"""

from recexp.attention.base import History
from recexp.attention.memory import Memory
from recexp.attention.top_k import TopKAttention
from recexp.attention.top_k_memory import TopKMemory


class TWINAttention(TopKAttention):
    """The k items with the highest logits of `target`, and its attention over them.

        logit_h(l, c) = f(K_h (x_l + p_l), Q_h q_c) + b_h(l)

    Two-stage interest network (Chang et al., KDD 2023): other two-stage models search by a coarser
    comparison than they attend with, and so lose items that matter. Published: f is `scaled_dot`, the pooling a
    softmax, and b a learned number from features of the interaction (`target`'s key bias: here its place, its time or
    the gap before it). Each head searches for itself. The paper's search runs over precomputed keys, from parameters
    that are a few minutes old; here both stages have the same parameters. Search and attention share their
    parameters, so that all of them learn.
    A candidate costs O(H L D) for the logits and O(H k) at each position in training, or once in ranking.
    """

    def searched(self, history: History, memory: Memory) -> TopKMemory:
        return TopKMemory(**vars(memory), k=self.k)
