"""The LightningModule: steps and optimiser. It knows no recommender, no loss and no metric by name."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from recexp.batching.batches import RankingBatch, TrainingBatch
from recexp.distributed.rank import weighted_loss
from recexp.errors import RunError
from recexp.evaluation.blocks import blocks
from recexp.evaluation.evaluator import Evaluator
from recexp.evaluation.memory_retry import OutOfMemoryRetry
from recexp.metric.base import Metric
from recexp.recommender.base import Recommender, TrainedRecommender
from recexp.training.allocator import keep_freed_memory, return_freed_memory
from recexp.training.checkpoint import check_run, load_weights


class RecommenderModule(pl.LightningModule):
    """optimizer: parameters -> Optimizer; scheduler: (optimizer, total_steps=...) -> LRScheduler, stepped each batch.

    Every step starts from a generator state that depends on (seed, epoch, batch) alone, whatever else has drawn
    numbers, so that a resumed run goes on as if it had never stopped.
    """

    def __init__(
        self,
        *,
        recommender: Recommender,
        num_items: int,
        optimizer: Callable[..., Optimizer],
        scheduler: Callable[..., LRScheduler],
        metrics: Sequence[Metric],
        ks: Sequence[int],
        seed: int,
        run_hash: str,
    ) -> None:
        super().__init__()
        self.recommender, self.num_items = recommender, num_items
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.metrics, self.ks, self.seed, self.run_hash = metrics, ks, seed, run_hash
        self.evaluator = self._new_evaluator()
        self.rank = OutOfMemoryRetry(lambda batch: self.evaluator.add(batch, self._score(batch)))

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
        weighted = weighted_loss(loss, targets)
        if not torch.isfinite(weighted.mean):  # on all ranks, or on none
            raise RunError(
                f"the loss is {weighted.mean.item()} at step {self.global_step} (epoch {self.current_epoch}). The "
                "checkpoints of the last good epoch are kept. Lower optimizer.lr or set trainer.gradient_clip_val."
            )
        # Weighted by targets, so that the epoch's value is the mean over targets (T19).
        self.log("train/loss", weighted.mean, on_step=False, on_epoch=True, prog_bar=True, batch_size=weighted.targets)
        return weighted.loss

    def _loss(self, batch: TrainingBatch) -> tuple[Tensor, int]:
        """The mean over this rank's targets, and their number; where there are none, a zero with zero gradients."""
        if len(batch.is_target_BL) == 0:
            return torch.stack([0 * parameter.sum() for parameter in self.parameters()]).sum(), 0
        assert isinstance(self.recommender, TrainedRecommender)  # only what learns is trained
        total, targets = self.recommender.loss(batch)
        return total / targets, targets

    def on_train_epoch_start(self) -> None:
        keep_freed_memory()

    def on_validation_epoch_start(self) -> None:
        return_freed_memory()
        self.evaluator = self._new_evaluator()

    def validation_step(self, batch: RankingBatch, batch_idx: int) -> None:
        if len(batch.target_B) > 0:  # a rank may have no share in a small batch
            with self.recommender.ranking():
                for block in blocks(batch, self.num_items):
                    self.rank(block)

    def _score(self, batch: RankingBatch) -> Tensor:
        """score_BN, in float32 at least: half precision would tie what differs."""
        score_BN = self.recommender.score(batch.histories)
        return score_BN.to(torch.promote_types(score_BN.dtype, torch.float32))

    def on_validation_epoch_end(self) -> None:
        self.evaluator.gather()
        self.log_dict({f"val/{key}": value for key, value in self.evaluator.metrics().items()}, prog_bar=True)

    def on_test_epoch_start(self) -> None:
        self.on_validation_epoch_start()

    def test_step(self, batch: RankingBatch, batch_idx: int) -> None:
        self.validation_step(batch, batch_idx)

    def on_test_epoch_end(self) -> None:
        self.evaluator.gather()
        self.log_dict({f"test/{key}": value for key, value in self.evaluator.metrics().items()})

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["run_hash"] = self.run_hash

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        check_run(checkpoint, self.run_hash)

    def load_checkpoint(self, file: Path) -> None:
        """Takes the weights of a checkpoint of this very run. Raises RunError when it is not one, or missing."""
        load_weights(self.recommender, file, self.run_hash)
