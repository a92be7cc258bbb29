"""BPR-MF: a vector for each user and each item, trained to rank what the user has above what the user has not.

Letters: B rows, P targets, N items, D embedding.
"""

import torch
from torch import Tensor, nn

from recexp.attention.encoded import Contexts
from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import Histories
from recexp.data.training_set import TrainingSet
from recexp.loss.base import Loss
from recexp.loss.positions import Positions
from recexp.nn.embedding import ItemEmbedding, UserEmbedding
from recexp.recommender.base import TrainedRecommender
from recexp.scorer.dot import DotScorer


class BPRMF(TrainedRecommender):
    """s(u, i) = p_u . q_i + b_i; the order of the history, and the history itself, play no part.

    The model of Rendle et al. (UAI 2009, section 4.3.1), whose loss is `loss=bpr`; another one can stand in its place.
    A positive pair is a target of the batch with its user, so that an epoch learns from as much as that of a
    sequential model. A user without training has a vector that was never trained.
    dropout: probability to drop an element of the user's vector.
    """

    needs_user = True

    def __init__(self, *, num_items: int, num_users: int, embedding_dim: int, dropout: float, loss: Loss) -> None:
        super().__init__()
        self.user = UserEmbedding(num_users=num_users, embedding_dim=embedding_dim)
        self.item = ItemEmbedding(num_items=num_items, embedding_dim=embedding_dim)
        self.bias_N = nn.Parameter(torch.zeros(num_items))
        self.scorer = DotScorer(dim=embedding_dim)
        self.drop = nn.Dropout(dropout)
        self.loss_function = loss

    def fit(self, training: TrainingSet) -> None:
        self.loss_function.prepare(training)

    def loss(self, batch: TrainingBatch) -> tuple[Tensor, int]:
        row_P, place_P = batch.is_target_BL.nonzero(as_tuple=True)
        user_P1 = batch.windows.user_B[row_P].unsqueeze(1)
        positions = Positions(
            encoded=Contexts(self.drop(self.user(user_P1))),
            target_RT=batch.windows.item_BL[row_P, place_P].unsqueeze(1),
            user_RT=user_P1,
            items=self.item,
            scorer=self.scorer,
            bias_N=self.bias_N,
            parameters=list(self.parameters()),
        )
        return self.loss_function(positions), len(row_P)

    def score(self, histories: Histories) -> Tensor:
        return self.scorer(self.user(histories.user_B), self.item.catalogue()) + self.bias_N
