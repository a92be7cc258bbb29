"""Sampled ranking: each target against n items drawn once, outside the user's whole history."""

import hashlib
import logging
from abc import abstractmethod
from pathlib import Path

import numpy as np

from recexp.checks import check_whole
from recexp.data.interactions import Interactions
from recexp.errors import ConfigError
from recexp.files import write_atomically
from recexp.protocol.base import Period, Protocol
from recexp.split.base import SplitRows, training_items

log = logging.getLogger(__name__)

USERS_AT_A_TIME = 1024
STREAMS: dict[Period, int] = {"validation": 0, "test": 1}


class SampledProtocol(Protocol):
    """n: candidates beside the target; seed: of the draw, apart from the training's seed (T5).

    Validation and test have draws of their own, so that no epoch is chosen against the test's negatives (T34).

    Without replacement and by Gumbel keys (top n of log weight + Gumbel noise; Efraimidis & Spirakis, 2006), so that
    a user who has seen nearly everything costs no more than others (T6) and simply has fewer candidates.
    """

    filter_seen = True

    def __init__(self, *, n: int, seed: int) -> None:
        check_whole("protocol.n", n, least=1)
        check_whole("protocol.seed", seed, least=0)
        self.n, self.seed = n, seed

    @abstractmethod
    def weights(self, interactions: Interactions, rows: SplitRows) -> np.ndarray:
        """float64 [N]: how likely each item is drawn, relative to the others; 0 = never."""

    def candidates(
        self, interactions: Interactions, rows: SplitRows, targets: np.ndarray, period: Period, cache: Path, key: str
    ) -> np.ndarray | None:
        if self.n >= interactions.num_items:
            raise ConfigError(
                f"protocol.n: got {self.n}, expected at most {interactions.num_items - 1}, the items beside the target"
            )
        drawn = self._kept(interactions, rows, targets, period, cache, key)
        if few := int((drawn == 0).any(axis=1).sum()):
            log.warning("%d of %d targets have fewer than protocol.n=%d items to draw", few, len(drawn), self.n)
        return drawn

    def _kept(
        self, interactions: Interactions, rows: SplitRows, targets: np.ndarray, period: Period, cache: Path, key: str
    ) -> np.ndarray:
        """Drawn once for each dataset, split, protocol and period."""
        parts = (key, self.describe(), period, hashlib.sha256(targets.tobytes()).hexdigest())
        name = hashlib.sha256("|".join(parts).encode()).hexdigest()
        file = cache / "candidates" / f"{name[:16]}.npy"
        if file.exists():
            return np.load(file)
        drawn = self._draw(interactions, targets, period, self.weights(interactions, rows))
        write_atomically(file, lambda stream: np.save(stream, drawn))
        return drawn

    def _draw(self, interactions: Interactions, targets: np.ndarray, period: Period, weights: np.ndarray) -> np.ndarray:
        generator = np.random.default_rng([STREAMS[period], self.seed])
        with np.errstate(divide="ignore"):
            log_weights = np.log(weights)
        parts = []
        for start in range(0, len(targets), USERS_AT_A_TIME):
            users = interactions.user_idx[targets[start : start + USERS_AT_A_TIME]]
            keys = log_weights + generator.gumbel(size=(len(users), interactions.num_items))
            lengths = np.diff(interactions.offsets)[users]
            row = np.repeat(np.arange(len(users)), lengths)
            place = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            seen = interactions.item_idx[interactions.offsets[users][row] + place]
            keys[row, seen - 1] = -np.inf  # keys of a draw, not scores
            top = np.argpartition(-keys, self.n - 1, axis=1)[:, : self.n]
            drawable = np.isfinite(np.take_along_axis(keys, top, axis=1))
            parts.append(np.where(drawable, top + 1, 0).astype(np.int32))
        return np.concatenate(parts)


class UniformProtocol(SampledProtocol):
    """Every unseen item is equally likely, as in SASRec and NCF."""

    def weights(self, interactions: Interactions, rows: SplitRows) -> np.ndarray:
        return np.ones(interactions.num_items)

    def describe(self) -> str:
        return f"{self.n} uniform negatives, drawn apart for validation and test (seed {self.seed})"


class PopularProtocol(SampledProtocol):
    """Unseen items are drawn in proportion to their training interactions, as in BERT4Rec."""

    def weights(self, interactions: Interactions, rows: SplitRows) -> np.ndarray:
        return np.bincount(training_items(interactions, rows), minlength=interactions.num_items + 1)[1:].astype(float)

    def describe(self) -> str:
        return f"{self.n} negatives by popularity, drawn apart for validation and test (seed {self.seed})"
