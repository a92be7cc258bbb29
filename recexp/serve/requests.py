"""Who is asked for: users of the run, or histories that anyone has.

Letters: B rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch

from recexp.batching.batches import SeenItems, seen_items
from recexp.batching.histories import Histories, HistoryBuilder
from recexp.data.interactions import Interactions
from recexp.errors import ConfigError
from recexp.features.context import UNTIL, ContextCodes
from recexp.recommender.base import Recommender
from recexp.runs.kept_data import KeptData
from recexp.serve.ids import Ids

USER, HISTORY = "user", "history"  # what names the rows of an answer
MOST_TIME = 2**62  # int64 holds it, whatever it is subtracted from


class Block(NamedTuple):
    """Some rows of a request. label: user ids, or numbers of histories."""

    label: np.ndarray
    histories: Histories
    seen: SeenItems


@dataclass(frozen=True, eq=False)
class Request:
    """column: USER or HISTORY. The history of row b is rows start[b]:end[b] of `interactions`, all of it for `seen`.

    user: int64 [B], user_idx of each row.
    """

    column: str
    label: np.ndarray
    user: np.ndarray
    interactions: Interactions
    start: np.ndarray
    end: np.ndarray
    build: HistoryBuilder
    max_history_len: int

    def rows(self, begin: int, end: int) -> "Request":
        """The rows begin ... end - 1."""
        names = ("label", "user", "start", "end")
        return replace(self, **{name: getattr(self, name)[begin:end] for name in names})

    def blocks(self, size: int, device: torch.device) -> Iterator[Block]:
        """At most `size` rows at a time, in their order."""
        for begin in range(0, len(self.label), size):
            part = slice(begin, begin + size)
            start, end = self.start[part], self.end[part]
            histories = self.build(self.user[part], np.maximum(start, end - self.max_history_len), end)
            seen = seen_items(self.interactions, start, end)
            yield Block(
                self.label[part],
                Histories._make(None if tensor is None else tensor.to(device) for tensor in histories),
                SeenItems(seen.row_S.to(device), seen.item_S.to(device)),
            )


class RequestBuilder:
    """context: names of the context features that the recommender reads."""

    def __init__(
        self, data: KeptData, recommender: Recommender, context: tuple[str, ...], *, max_history_len: int
    ) -> None:
        self.data, self.recommender, self.context = data, recommender, context
        self.max_history_len = max_history_len
        self.users = Ids(USER, data.interactions.user_ids)
        self.items = Ids("item", data.interactions.item_ids[1:])

    def __call__(
        self,
        users: Sequence[Any] | np.ndarray | None,
        histories: Sequence[Sequence[Any] | np.ndarray] | None,
        times: Sequence[Sequence[float] | np.ndarray] | None,
    ) -> Request:
        """See `TrainedModel.recommend`."""
        for name, value in (("users", users), ("histories", histories), ("times", times)):
            if isinstance(value, str):
                raise ConfigError(f"{name}: got {value!r:.200}, expected a list")
        user = None if users is None else self.users.find(users)
        if histories is not None:
            return self._of_histories(user, histories, times)
        if times is not None:
            raise ConfigError("times: got times without the histories they belong to")
        if user is None:
            raise ConfigError("got neither users nor histories, expected users=[...] or histories=[[...], ...]")
        of = self.data.interactions
        return self._request(of, USER, of.user_ids[user], user, of.offsets[user], of.offsets[user + 1], times=True)

    def _of_histories(self, user: np.ndarray | None, histories: Sequence[Any], times: Sequence[Any] | None) -> Request:
        if user is None and self.recommender.needs_user:
            raise ConfigError(
                f"histories: {self._name()} needs the vector that it has learned for the user, and a history alone has "
                "no user. Name a user of the run for each history with users=[...], or train a variant that reads "
                "histories alone, such as attention=item or attention=transformer"
            )
        if user is not None and len(user) != len(histories):
            raise ConfigError(f"got {len(user)} users and {len(histories)} histories, expected one user for each")
        if times is None and self.context:
            raise ConfigError(
                f"histories: the run's features {', '.join(self.context)} need times=[[...], ...], the time of each "
                "interaction in the unit of the dataset"
            )
        made = self._interactions(histories, times)
        start, end = made.offsets[:-2], made.offsets[1:-1]
        nobody = np.full(len(start), self.data.interactions.num_users)  # an index that no table has
        if user is None:
            return self._request(made, HISTORY, np.arange(len(start)), nobody, start, end, times=times is not None)
        label = self.data.interactions.user_ids[user]
        return self._request(made, USER, label, user, start, end, times=times is not None)

    def _interactions(self, histories: Sequence[Any], times: Sequence[Any] | None) -> Interactions:
        """The histories as a table of interactions of their own, in which history h is user_idx h.

        Its last row is nobody's: so there is one, even where all histories are empty.
        """
        of = self.data.interactions
        items = [*(self.items.find(history) + 1 for history in histories), np.zeros(1, np.int64)]
        lengths = np.array([len(history) for history in items])
        item_idx = np.concatenate(items)
        return Interactions(
            user_idx=np.repeat(np.arange(len(items)), lengths),
            item_idx=item_idx,
            time=np.zeros(len(item_idx)) if times is None else np.append(self._times(times, lengths[:-1]), 0),
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            user_ids=np.arange(len(items)),
            item_ids=of.item_ids,
        )

    def _times(self, times: Sequence[Any], lengths: np.ndarray) -> np.ndarray:
        if not self.data.has_times:
            raise ConfigError("times: got times, but the run was trained on a dataset without times")
        try:
            given = [np.asarray(time, np.float64).ravel() for time in times]
        except (TypeError, ValueError) as error:
            raise ConfigError(f"times: {error}; expected numbers in the unit of the dataset") from error
        if [len(time) for time in given] != lengths.tolist():
            raise ConfigError("times: expected one list for each history, with a number for each item of it")
        if not all(np.isfinite(time).all() and (np.diff(time) >= 0).all() for time in given):
            raise ConfigError("times: expected finite numbers, ascending: a history begins with its oldest item")
        flat = np.concatenate([np.zeros(0), *given])
        if self.context and not ((flat >= 0) & (flat < UNTIL)).all():
            raise ConfigError(
                f"times: got {flat.min():g} to {flat.max():g}, expected seconds since 1970, from which the run's "
                f"features {', '.join(self.context)} are made. Divide milliseconds by 1000"
            )
        if (np.abs(flat) > MOST_TIME).any():
            raise ConfigError(
                f"times: got {flat.min():g} to {flat.max():g}, expected numbers in the unit of the dataset"
            )
        return flat.astype(self.data.interactions.time.dtype)

    def _request(
        self, of: Interactions, column: str, label: np.ndarray, user: np.ndarray, start: np.ndarray, end: np.ndarray,
        *, times: bool,
    ) -> Request:  # fmt: skip
        contexts = ContextCodes(of, self.context) if self.context else None
        build = HistoryBuilder(of, has_times=times and self.data.has_times, contexts=contexts)
        return Request(column, label, user, of, start, end, build, self.max_history_len)

    def _name(self) -> str:
        """Of the variant, or of the recommender where it has no attention."""
        return type(getattr(self.recommender, "attention", self.recommender)).__name__
