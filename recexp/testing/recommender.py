"""What every recommender promises: it is fitted, scores the catalogue, lists the best, and goes through a whole run.

Letters: B rows, N items.
"""

import tempfile
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import torch
from hydra.utils import instantiate
from torch.testing import assert_close

from recexp.batching.batches import SeenItems
from recexp.batching.histories import Histories
from recexp.config.compose import compose
from recexp.experiment import run
from recexp.recommender.base import Recommender, TrainedRecommender
from recexp.testing.small import (
    NUM_ITEMS,
    NUM_USERS,
    SMALL,
    compose_config,
    cut,
    histories,
    training_batch,
    training_set,
)


class RecommenderContract:
    overrides: ClassVar[tuple[str, ...]]
    config_dir: ClassVar[str | None]

    def build(self) -> Recommender:
        """Fitted, and the same each time."""
        cfg = compose_config(*self.overrides, config_dir=self.config_dir)
        torch.manual_seed(0)
        recommender = instantiate(cfg.recommender, num_items=NUM_ITEMS, num_users=NUM_USERS)
        recommender.fit(training_set())
        return recommender.eval()

    def score(self, of: Histories) -> torch.Tensor:
        with torch.no_grad():
            return self.build().score(of)

    def test_it_scores_the_catalogue_the_same_each_time(self) -> None:
        score_BN = self.score(histories())
        assert score_BN.shape == (NUM_USERS, NUM_ITEMS)
        assert torch.isfinite(score_BN).all()
        assert score_BN.is_floating_point()
        assert torch.equal(score_BN, self.score(histories()))

    def test_padding_and_batch_mates_change_nothing(self) -> None:
        """T16, T17."""
        together = self.score(histories())
        for row, length in enumerate(histories().length_B.tolist()):
            alone = histories().rows(torch.tensor([row]))
            assert_close(self.score(cut(alone, length)), together[[row]], rtol=1e-5, atol=1e-6)

    def test_an_empty_history_is_finite(self) -> None:
        assert torch.isfinite(self.score(histories([[0, 0, 0]]))).all()

    def test_the_list_holds_the_best_and_nothing_excluded(self) -> None:
        recommender = self.build()
        exclude = SeenItems(torch.tensor([0, 0, 1]), torch.tensor([3, 1, 7]))
        with torch.no_grad():
            found = recommender.top_k(histories(), 5, exclude)
        assert found.item_Bk.shape == found.score_Bk.shape == (NUM_USERS, 5)
        assert (found.score_Bk.diff(dim=1) <= 0).all()
        for row, items in enumerate(found.item_Bk.tolist()):
            real = [item for item in items if item > 0]
            assert len(set(real)) == len(real)
            assert max(real) <= NUM_ITEMS
            assert not set(real) & set(exclude.item_S[exclude.row_S == row].tolist())

    def test_the_loss_teaches_every_parameter(self) -> None:
        """Of a recommender that is trained; another one has no loss."""
        recommender = self.build().train()
        if not recommender.learns:
            assert not isinstance(recommender, TrainedRecommender)
            return
        assert isinstance(recommender, TrainedRecommender)
        total, targets = recommender.loss(training_batch())
        assert targets > 0
        assert torch.isfinite(total)
        assert total.shape == ()
        total.backward()
        for name, parameter in recommender.named_parameters():
            assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name

    def test_a_whole_run(self) -> None:
        """Prepare, split, fit or train, rank, record."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "circle.csv"
            start = np.random.default_rng(0).integers(0, 24, 40)
            frame = pd.DataFrame(
                {"user": np.repeat(np.arange(40), 8), "item": ((start[:, None] + np.arange(8)) % 24).ravel()}
            )
            frame.to_csv(file, index=False)
            fixed = [
                "dataset=csv", f"dataset.path={file}", f"paths.runs={folder}/runs", f"paths.cache={folder}/cache",
                "trainer.max_epochs=1", "trainer.accelerator=cpu",
            ]  # fmt: skip
            own = [] if self.config_dir is None else [f"hydra.searchpath=['file://{Path(self.config_dir).absolute()}']"]
            record = run(compose(*SMALL, *fixed, *own, *self.overrides))
        assert record.status == "finished"
        assert 0 <= record.metrics["test/hr@10"] <= 1


def recommender_contract(*overrides: str, config_dir: str | None = None) -> type[RecommenderContract]:
    """A test class for the recommender that the overrides choose, such as `recommender=popularity`."""
    return type("RecommenderContract", (RecommenderContract,), {"overrides": overrides, "config_dir": config_dir})
