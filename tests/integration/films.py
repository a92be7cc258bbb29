"""Films of four genres, each user of one taste: a structure that ids alone do not show where a film is new."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recexp.dataset.csv import Table
from recexp.testing.small import build_recommender

GENRES, USERS, OLD = 4, 48, 40  # and as many new films as users: each is taken once, at the end of a history
TAKEN = 8  # old films a user


@dataclass(frozen=True, kw_only=True)
class Films(Table):
    """A table whose folder may hold items.csv and users.csv."""

    def read_items(self, file: Path) -> pd.DataFrame | None:
        found = pd.read_csv(file.with_name("items.csv"), dtype={"item": str})
        return found.assign(genres=found["genres"].str.split("|"))

    def read_users(self, file: Path) -> pd.DataFrame | None:
        return pd.read_csv(file.with_name("users.csv"), dtype={"user": str})


def with_genres(file: Path, items: int) -> list[str]:
    """Gives each item 0 ... items of a table of interactions one of three genres; the overrides that read it."""
    numbers = range(items + 1)
    frame = pd.DataFrame({"item": numbers, "genres": [f"g{item % 3}" for item in numbers]})
    frame.to_csv(file.with_name("items.csv"), index=False)
    target = f"{Films.__module__}.{Films.__qualname__}"
    return [f"dataset._target_={target}", "+dataset.features={genres:categories}", "features=[genres]"]


def needs_features(attention: str) -> bool:
    return build_recommender(f"attention={attention}").attention.needs_features


def write_films(folder: Path) -> Path:
    """The table of interactions: every hour a film, and every user ends with a new one of their genre."""
    generator = np.random.default_rng(0)
    rows = []
    for user in range(USERS):
        genre = user % GENRES
        old = generator.permutation(OLD // GENRES)[:TAKEN] * GENRES + genre
        rows += [
            (f"u{user}", f"f{item}", 1_000_000_000 + 3600 * place) for place, item in enumerate([*old, OLD + user])
        ]
    file = folder / "films.csv"
    pd.DataFrame(rows, columns=["user", "item", "time"]).to_csv(file, index=False)
    films = range(OLD + USERS)
    kinds = {"item": [f"f{item}" for item in films], "genres": [f"g{item % GENRES}" for item in films]}
    pd.DataFrame(kinds | {"year": [1980 + item for item in films]}).to_csv(folder / "items.csv", index=False)
    tastes = {"user": [f"u{user}" for user in range(USERS)], "taste": [user % GENRES for user in range(USERS)]}
    pd.DataFrame(tastes).to_csv(folder / "users.csv", index=False)
    return file
