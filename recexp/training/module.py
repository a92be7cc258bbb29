"""The LightningModule: steps and optimiser. It knows no variant, no loss and no metric by name."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from recexp.batching.batches import RankingBatch, TrainingBatch
from recexp.distributed.rank import weighted_loss
from recexp.errors import RunError
from recexp.evaluation.evaluator import Evaluator
from recexp.evaluation.memory_retry import OutOfMemoryRetry
from recexp.loss.base import Loss, users_of_targets
from recexp.metric.base import Metric
from recexp.recommender.attentive import AttentiveRecommender
from recexp.recommender.base import Recommender
from recexp.training.checkpoint import read_checkpoint


class RecommenderModule(pl.LightningModule):
    """optimizer: parameters -> Optimizer; scheduler: (optimizer, total_steps=...) -> LRScheduler, stepped each batch.

    Every step starts from a generator state that depends on (seed, epoch, batch) alone, whatever else has drawn
    numbers, so that a resumed run goes on as if it had never stopped.
    """

    def __init__(
        self,
        *,
        recommender: Recommender,
        loss: Loss,
        optimizer: Callable[..., Optimizer],
        scheduler: Callable[..., LRScheduler],
        metrics: Sequence[Metric],
        ks: Sequence[int],
        seed: int,
        run_hash: str,
    ) -> None:
        super().__init__()
        self.recommender, self.loss = recommender, loss
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.metrics, self.ks, self.seed, self.run_hash = metrics, ks, seed, run_hash
        self.evaluator = self._new_evaluator()
        self.rank = OutOfMemoryRetry(lambda batch: self.evaluator.add(batch, self._scores(batch)))

    def _new_evaluator(self) -> Evaluator:
        return Evaluator(self.metrics, self.ks, type(self.recommender).__name__)

    def configure_optimizers(self):
        optimizer = self.make_optimizer(self.parameters())
        scheduler = self.make_scheduler(optimizer, total_steps=int(self.trainer.estimated_stepping_batches))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_train_batch_start(self, batch: TrainingBatch, batch_idx: int) -> None:
        step = [self.seed, self.current_epoch, batch_idx]
        rank = self.global_rank
        entropy = np.random.SeedSequence([*step, rank] if rank else step)
        torch.manual_seed(int(entropy.generate_state(1, np.uint64)[0] >> 1))

    def training_step(self, batch: TrainingBatch, batch_idx: int) -> Tensor:
        loss, targets = self._loss(batch)
        share = weighted_loss(loss, targets)
        if not torch.isfinite(share.mean):  # on all ranks, or on none
            raise RunError(
                f"the loss is {share.mean.item()} at step {self.global_step} (epoch {self.current_epoch}). The "
                "checkpoints of the last good epoch are kept. Lower optimizer.lr or set trainer.gradient_clip_val."
            )
        # Weighted by targets, so that the epoch's value is the mean over targets (T19).
        self.log("train/loss", share.mean, on_step=False, on_epoch=True, prog_bar=True, batch_size=share.targets)
        return share.loss

    def _loss(self, batch: TrainingBatch) -> tuple[Tensor, int]:
        """The mean over this rank's targets, and their number; where there are none, a zero with zero gradients."""
        if len(batch.user_B) == 0:
            return torch.stack([0 * parameter.sum() for parameter in self.parameters()]).sum(), 0
        recommender = cast(AttentiveRecommender, self.recommender)  # only what learns is trained
        rows, target_RT = recommender.encode(*batch)
        loss = self.loss(recommender, rows, target_RT, users_of_targets(batch.user_B, batch.target_BL, target_RT))
        return loss, int((target_RT > 0).sum())

    def on_validation_epoch_start(self) -> None:
        self.evaluator = self._new_evaluator()

    def validation_step(self, batch: RankingBatch, batch_idx: int) -> None:
        if len(batch.user_B) > 0:  # a rank may have no share in a small batch
            self.rank(batch)

    def _scores(self, batch: RankingBatch) -> Tensor:
        """score_BN, in float32 at least: half precision would tie what differs."""
        score_BN = self.recommender.score_catalogue(batch.user_B, batch.history_BL, batch.context_BLF)
        return score_BN.to(torch.promote_types(score_BN.dtype, torch.float32))

    def on_validation_epoch_end(self) -> None:
        self.evaluator.gather()
        self.log_dict({f"val/{key}": value for key, value in self.evaluator.metrics().items()}, prog_bar=True)

    def on_test_epoch_start(self) -> None:
        self.evaluator = self._new_evaluator()

    def test_step(self, batch: RankingBatch, batch_idx: int) -> None:
        self.validation_step(batch, batch_idx)

    def on_test_epoch_end(self) -> None:
        self.evaluator.gather()
        self.log_dict({f"test/{key}": value for key, value in self.evaluator.metrics().items()})

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["run_hash"] = self.run_hash

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if checkpoint.get("run_hash") != self.run_hash:
            raise RunError(
                f"the checkpoint belongs to run {checkpoint.get('run_hash')!r}, expected {self.run_hash!r}: it was "
                "trained with another configuration. Use the run's own folder, or force=true to train anew."
            )

    def load_checkpoint(self, file: Path) -> None:
        """Takes the weights of a checkpoint of this very run. Raises RunError when it is not one, or missing."""
        checkpoint = read_checkpoint(file)
        self.on_load_checkpoint(checkpoint)
        self.load_state_dict(checkpoint["state_dict"])
