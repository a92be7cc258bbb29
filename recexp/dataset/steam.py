"""Steam reviews (Kang & McAuley, ICDM 2018): steam_reviews.json.gz, and steam_games.json.gz beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recexp.dataset.formats.json_lines import read_objects, read_reviews, seconds
from recexp.dataset.published import Published
from recexp.dataset.side_information import find_side_information

GAMES = "steam_games.json.gz"


@dataclass(frozen=True, kw_only=True)
class Steam(Published):
    """A review a line, in Python's spelling. The user is known by name alone; the day is the time; no ratings."""

    file: str = "steam_reviews.json.gz"

    def read(self, file: Path) -> pd.DataFrame:
        return read_reviews(file, user="username", item="product_id", time="date", rating=None, to_time=seconds)

    def read_items(self, file: Path) -> pd.DataFrame | None:
        found = find_side_information(file, GAMES, GAMES.removesuffix(".gz"), source=str(self.homepage))
        if found is None:
            return None
        games = {str(game["id"]): _game(game) for _, game in read_objects(found) if "id" in game}
        frame = pd.DataFrame(list(games.values()), columns=["title", "developer", "year", "price", "genres", "tags"])
        frame.insert(0, "item", pd.Series(list(games), dtype=str))
        return frame.astype({"year": "float64", "price": "float64"})


def _game(game: dict[str, Any]) -> dict[str, Any]:
    """A price in words is 'Free to Play' or the like, and no price; a date that is not a day tells no year."""
    price, release = game.get("price"), str(game.get("release_date"))
    return {
        "title": game.get("app_name") or game.get("title"),
        "developer": game.get("developer"),
        "year": int(release[:4]) if release[:4].isdecimal() and release[4:5] == "-" else None,
        "price": price if isinstance(price, int | float) else None,
        "genres": list(dict.fromkeys(game.get("genres") or [])),
        "tags": list(dict.fromkeys(game.get("tags") or [])),
    }
