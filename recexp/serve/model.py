"""A trained recommender with the catalogue and the histories of its run.

Letters: B rows, N items, C candidates, k length of a list.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from omegaconf import DictConfig

from recexp.checks import check_whole
from recexp.errors import ConfigError
from recexp.evaluation.blocks import users_per_block
from recexp.recommender.base import Recommender, TopK
from recexp.runs.folder import RunFolder
from recexp.runs.kept_data import KeptData
from recexp.runs.record import RunRecord
from recexp.serve.frames import Catalogue
from recexp.serve.requests import Block, Request, RequestBuilder
from recexp.training.allocator import return_freed_memory

MOST_USERS = 256  # that are scored at a time
ROWS_PER_PIECE = 100_000
UserIds = Sequence[Any] | np.ndarray  # text or whole numbers, as in the dataset
ItemLists = Sequence[Sequence[Any] | np.ndarray]  # item ids of each history, oldest first
TimeLists = Sequence[Sequence[float] | np.ndarray]  # a number for each item


class TrainedModel:
    """What `recexp.load` gives.

    folder, record, config: of the run; the config is resolved. recommender: a torch module in eval mode.

    Who is asked for, in all methods:
    users: ids; their histories are all of their interactions in the dataset, those of validation and test included.
    histories: lists of item ids, oldest first, of anyone. A recommender that needs to know the user refuses them,
        unless `users` names a user of the run for each history, who then has this history instead of their own.
    times: of each item of `histories`, in the unit of the dataset; needed for context features such as `gap`.
    An unknown id is a ConfigError. A model reads the newest `max_history_len` items of a history.
    """

    def __init__(
        self,
        *,
        folder: RunFolder,
        record: RunRecord,
        config: DictConfig,
        recommender: Recommender,
        data: KeptData,
        context: tuple[str, ...],
        device: torch.device,
    ) -> None:
        self.folder, self.record, self.config = folder.path, record, config
        self.recommender = recommender.to(device).eval()
        self._run_folder, self._data, self._device = folder, data, device
        self._catalogue = Catalogue(data.interactions.item_ids, data.titles)
        self._request = RequestBuilder(data, recommender, context, max_history_len=config.max_history_len)

    @property
    def metrics(self) -> dict[str, float]:
        """Of the record, such as `test/ndcg@10`."""
        return self.record.metrics

    @property
    def ranks(self) -> pd.DataFrame:
        """ranks.parquet: a row a target with user, target, higher, equal, candidates, history_len."""
        return self._run_folder.read_ranks(self.record)

    @property
    def item_ids(self) -> np.ndarray:
        """int64 or str [N], in the order of the columns of scores."""
        return self._data.interactions.item_ids[1:]

    @property
    def user_ids(self) -> np.ndarray:
        """int64 or str, ascending."""
        return self._data.interactions.user_ids

    @property
    def titles(self) -> pd.Series | None:
        """The title of each item, indexed by item id; None where the dataset has no titles."""
        return None if self._data.titles is None else self._data.titles.iloc[1:].set_axis(self.item_ids)

    def history(self, user: Any) -> pd.DataFrame:
        """All interactions of a user of the run, oldest first: item, title and time where they are known."""
        of = self._data.interactions
        (place,) = self._request.users.find([user])
        rows = slice(of.offsets[place], of.offsets[place + 1])
        frame = pd.DataFrame(self._catalogue.columns(of.item_idx[rows]))
        return frame.assign(time=of.time[rows]) if self._data.has_times else frame

    def recommend(
        self,
        users: UserIds | None = None,
        histories: ItemLists | None = None,
        *,
        times: TimeLists | None = None,
        k: int = 10,
        exclude_seen: bool = True,
    ) -> pd.DataFrame:
        """The k best items for each, best first: `user` or `history` (its number, from 0), rank, item, title, score.

        exclude_seen: without the items of the whole history. Fewer than k rows where fewer items are left.
        """
        pieces = self.recommend_in_pieces(users, histories, times=times, k=k, exclude_seen=exclude_seen)
        return pd.concat(pieces, ignore_index=True)

    def recommend_in_pieces(
        self,
        users: UserIds | None = None,
        histories: ItemLists | None = None,
        *,
        times: TimeLists | None = None,
        k: int = 10,
        exclude_seen: bool = True,
    ) -> Iterator[pd.DataFrame]:
        """The rows of `recommend`, about ROWS_PER_PIECE at a time, so that any number of users takes the same memory.

        At least one piece.
        """
        check_whole("k", k, least=1)
        if not isinstance(exclude_seen, bool):
            raise ConfigError(f"exclude_seen: got {exclude_seen!r}, expected True or False")
        request, k = self._request(users, histories, times), min(k, len(self.item_ids))
        size = max(1, ROWS_PER_PIECE // k)
        for begin in range(0, max(1, len(request.label)), size):
            part = request.rows(begin, begin + size)
            yield self._catalogue.ranked(part.column, part.label, self._top_k(part, k, exclude_seen=exclude_seen))

    def _top_k(self, request: Request, k: int, *, exclude_seen: bool) -> TopK:
        """On the CPU, in tensors allocated once: kept results of each block would lie between freed scores (T35)."""
        item_Bk = torch.zeros(len(request.label), k, dtype=torch.int64)
        score_Bk = torch.zeros(len(request.label), k)
        filled = 0
        with torch.inference_mode(), self.recommender.ranking():
            for block in self._blocks(request):
                top = self.recommender.top_k(block.histories, k, block.seen if exclude_seen else None)
                rows, found = slice(filled, filled + len(block.label)), top.item_Bk.shape[1]
                item_Bk[rows, :found], score_Bk[rows, :found] = top.item_Bk.cpu(), top.score_Bk.float().cpu()
                filled = rows.stop
        return TopK(item_Bk, score_Bk)

    def score(
        self,
        users: UserIds | None = None,
        histories: ItemLists | None = None,
        *,
        times: TimeLists | None = None,
    ) -> pd.DataFrame:
        """The scores of the whole catalogue: a row for each user or history, a column for each item id."""
        request = self._request(users, histories, times)
        with torch.inference_mode(), self.recommender.ranking():
            parts = [self.recommender.score(block.histories).cpu() for block in self._blocks(request)]
        score_BN = torch.cat(parts) if parts else torch.zeros(0, len(self.item_ids))
        index = pd.Index(request.label, name=request.column)
        return pd.DataFrame(score_BN.numpy(), index=index, columns=pd.Index(self.item_ids, name="item"))

    def weights(
        self,
        users: UserIds | None = None,
        histories: ItemLists | None = None,
        *,
        candidates: Sequence[Any] | np.ndarray = (),
        times: TimeLists | None = None,
    ) -> pd.DataFrame | None:
        """Attention weights at the newest position; None where the variant has none.

        candidates: item ids that weigh the history; they may be left out where all candidates share the weights.
        A row for each weight of `recexp.attention.base.Weights` that is not padding: `user` or `history`, candidate
        (missing where several share the weights), head, position (in what the model reads of the history; -1 for the
        user), item and title at that position (missing for the user and for a hidden item), weight.
        """
        request = self._request(users, histories, times)
        candidate_C = torch.from_numpy(self._request.items.find(candidates) + 1).to(self._device)
        frames = []
        for block in self._blocks(request):
            with torch.inference_mode():
                weights = self.recommender.weights(block.histories, candidate_C)
                queried = self.recommender.queried(block.histories)
            if weights is None:
                return None
            if weights.weight_BCHM.shape[1] == 0:
                raise ConfigError("candidates: got none, but each candidate weighs the history anew: candidates=[...]")
            frames.append(self._catalogue.weighed(request.column, block.label, weights, queried, candidate_C))
        return pd.concat(frames, ignore_index=True) if frames else None

    def _blocks(self, request: Request) -> Iterator[Block]:
        """Rows whose scores fit a fixed budget of memory, whatever the catalogue."""
        return_freed_memory()
        size = min(MOST_USERS, users_per_block(len(self.item_ids), self._device))
        return request.blocks(size, self._device)
