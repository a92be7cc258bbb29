"""Answers as tables for people and programs: external ids and titles in the place of indices.

Letters: B rows, C candidates, H heads, M memory tokens, k length of a list.
"""

from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from recexp.attention.base import Weights
from recexp.batching.histories import Histories
from recexp.recommender.base import TopK


class Catalogue:
    """item_ids: of each item_idx, padding included. titles: likewise, or None."""

    def __init__(self, item_ids: np.ndarray, titles: pd.Series | None) -> None:
        self.item_ids, self.titles = item_ids, titles

    def columns(self, item_idx: np.ndarray) -> dict[str, Any]:
        """item and, where there are titles, title; both missing for an index below 1, which is no item."""
        real, place = item_idx > 0, item_idx.clip(min=0)
        ids = pd.Series(self.item_ids[place])
        if not real.all():
            ids = (ids.astype("Int64") if ids.dtype == np.int64 else ids).where(real)
        titles = {} if self.titles is None else {"title": self.titles.iloc[place].where(real).to_numpy()}
        return {"item": ids} | titles

    def ranked(self, column: str, label: np.ndarray, top: TopK) -> pd.DataFrame:
        """`label` of each row in `column`, rank, item, title, score; places without an item are left out."""
        item_Bk, score_Bk = top.item_Bk.numpy(), top.score_Bk.numpy()
        row, place = np.nonzero(item_Bk > 0)
        items = self.columns(item_Bk[row, place])
        return pd.DataFrame({column: label[row], "rank": place + 1, **items, "score": score_Bk[row, place]})

    def weighed(
        self, column: str, label: np.ndarray, weights: Weights, queried: Histories, candidate_C: Tensor
    ) -> pd.DataFrame:
        """`label` of each row in `column`, candidate, head, position, item, title, weight; no padding.

        queried: the histories whose positions the weights tell.
        """
        weight_BCHM, position_M = weights.weight_BCHM.cpu().numpy(), weights.position_M.cpu().numpy()
        real_BM = position_M < queried.length_B.cpu().numpy()[:, None]
        row, candidate, head, token = np.nonzero(np.broadcast_to(real_BM[:, None, None], weight_BCHM.shape))
        position = position_M[token]
        item = np.where(position < 0, 0, queried.item_BL.cpu().numpy()[row, position.clip(min=0)])
        shared = weight_BCHM.shape[1] != len(candidate_C)
        asking = np.zeros(len(row), np.int64) if shared else candidate_C.cpu().numpy()[candidate]
        names = {column: label[row], "candidate": self.columns(asking)["item"], "head": head, "position": position}
        return pd.DataFrame(names | self.columns(item) | {"weight": weight_BCHM[row, candidate, head, token]})
