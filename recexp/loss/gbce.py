"""Generalised binary cross-entropy: BCE with few negatives whose scores are calibrated as if there were all.

Letters: P real targets, K negatives.
"""

from torch import Tensor
from torch.nn import functional as F

from recexp.checks import is_number
from recexp.data.training_set import TrainingSet
from recexp.errors import ConfigError
from recexp.loss.negatives.base import NegativeSampler
from recexp.loss.sampled import SampledLoss


class GBCELoss(SampledLoss):
    """-(log(sigmoid(target)^beta) + sum over the K negatives of log(1 - sigmoid(negative))) / (K + 1),

        beta = alpha (t (1 - 1 / alpha) + 1 / alpha) = 1 - t (1 - alpha),  alpha = K / (N - 1)

    (gSASRec: Petrov & Macdonald, RecSys 2023, with uniform negatives). Sampling shows the model a target far more often
    than any negative, which makes it overconfident; beta < 1 makes up for it.
    calibration: the t of the paper, from 0 (BCE) to 1 (as if all items were negatives).
    """

    beta: float

    def __init__(
        self,
        *,
        num_negatives: int,
        shared: bool,
        exclude_history: bool,
        calibration: float,
        negatives: NegativeSampler,
    ) -> None:
        super().__init__(
            num_negatives=num_negatives, shared=shared, exclude_history=exclude_history, negatives=negatives
        )
        if not is_number(calibration) or not 0 <= calibration <= 1:
            raise ConfigError(f"loss.calibration: got {calibration!r}, expected a number from 0 to 1")
        self.calibration = calibration

    def prepare(self, training: TrainingSet) -> None:
        super().prepare(training)
        alpha = min(1.0, self.num_negatives / max(1, training.num_items - 1))
        self.beta = 1 - self.calibration * (1 - alpha)

    def compare(self, target_P: Tensor, negative_PK: Tensor, keep_PK: Tensor) -> Tensor:
        # log(sigmoid(x)^beta) = -beta softplus(-x), for any x a finite number.
        total = self.beta * F.softplus(-target_P).sum() + (F.softplus(negative_PK) * keep_PK).sum()
        return total / (self.num_negatives + 1)
