"""What a recommender is: it is fitted to a training set, scores the catalogue for histories, and lists the best items.

Letters: B batch, N items, k length of a list.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from recexp.attention.base import Weights
from recexp.batching.batches import SeenItems, TrainingBatch
from recexp.batching.histories import Histories
from recexp.data.training_set import TrainingSet
from recexp.errors import ConfigError, RunError
from recexp.features.choice import Features
from recexp.fusion.base import Fusion


class TopK(NamedTuple):
    """Best first. Where fewer than k items are left, the places behind them hold item 0 with a score of -inf."""

    item_Bk: Tensor  # int64, from 1
    score_Bk: Tensor


class Recommender(nn.Module, ABC):
    """Made with num_items and num_users. Knows no metric.

    A subclass implements `fit`, `score`, or both; one that is trained by gradient steps extends `TrainedRecommender`.
    learns: whether gradient steps train it; a run of one that does not is the same whatever the training's options.
    needs_user: whether it must know who the user is, beside the history; then it has nothing to say to a stranger.
    """

    learns: ClassVar[bool] = False
    needs_user: bool = False

    def fit(self, training: TrainingSet) -> None:
        """Called once, before any gradient step: learns what is learned in closed form, and keeps it in buffers."""

    def add_features(self, features: Features, fusion: Callable[..., Fusion]) -> None:
        """Reads features too, from now on. Raises ConfigError where the recommender can do nothing with them."""
        raise ConfigError(
            f"features: got {', '.join(features.names())}, but {type(self).__name__} learns from ids alone; set "
            "features=[], or recommender=attentive"
        )

    @abstractmethod
    def score(self, histories: Histories) -> Tensor:
        """score_BN of items 1 ... N; column j is item j + 1. Any float dtype."""

    @contextmanager
    def ranking(self) -> Iterator[None]:
        """In this context no weight changes: what depends on them alone may be kept from one `score` to the next."""
        yield

    def top_k(self, histories: Histories, k: int, exclude: SeenItems | None = None) -> TopK:
        """The k best items of each history, without the excluded ones; ties in the order of item indices.

        A recommender that generates lists instead of scoring the catalogue overrides this.
        """
        score_BN = self.score(histories)
        if exclude is not None:
            score_BN = score_BN.index_put((exclude.row_S, exclude.item_S - 1), score_BN.new_tensor(-torch.inf))
        return best(score_BN, k)

    def queried(self, histories: Histories) -> Histories:
        """The histories as the recommender reads them: cut, or with a position for what is asked."""
        return histories

    def weights(self, histories: Histories, candidate_C: Tensor) -> Weights | None:
        """Attention weights for candidates (int64 item indices), at positions of `queried`; None where it has none."""
        return None


def best(score_BN: Tensor, k: int) -> TopK:
    """The k best of each row (all N where k is larger); the same on every device (T3), without sorting whole rows."""
    k = min(k, score_BN.shape[1])
    most_Bk = score_BN.topk(k, dim=1).values
    if most_Bk.isnan().any():  # which topk takes for the greatest of all
        raise RunError("the recommender gave a score that is NaN: it has diverged, or its weights are damaged")
    least_B1 = most_Bk[:, -1:]
    higher_BN, equal_BN = score_BN > least_B1, score_BN == least_B1
    missing_B1 = k - higher_BN.sum(dim=1, keepdim=True)
    kept_BN = higher_BN | (equal_BN & (equal_BN.cumsum(dim=1) <= missing_B1))
    item_Bk = kept_BN.nonzero()[:, 1].reshape(len(score_BN), k)
    score_Bk, order_Bk = score_BN.gather(1, item_Bk).sort(dim=1, descending=True, stable=True)
    item_Bk = item_Bk.gather(1, order_Bk) + 1
    return TopK(item_Bk.masked_fill(score_Bk == -torch.inf, 0), score_Bk)


class TrainedRecommender(Recommender):
    """A recommender that is trained by gradient steps."""

    learns = True

    @abstractmethod
    def loss(self, batch: TrainingBatch) -> tuple[Tensor, int]:
        """The sum of the loss over the targets of the batch, a scalar with gradients, and the number of targets."""
