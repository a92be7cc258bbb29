"""What MovieLens tells of films (title, year, genres) and of users, in the layouts of its releases.

Each function takes the raw file of the ratings, beside which the others lie, and gives None where they do not.
"""

from pathlib import Path

import pandas as pd

from recexp.dataset.side_information import (
    find_side_information,
    listed,
    numbers,
    or_nothing,
    quoted_fields,
    read_side_information,
)

YEAR = r"\((\d{4})\)\s*$"  # at the end of a title
NO_GENRES = "(no genres listed)"
GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip


def u_item(ratings: Path) -> pd.DataFrame | None:
    """ml-100k: 'id|title|01-Jan-1995|video release date|address|' and a 0 or 1 for each genre, in Latin-1."""
    file = find_side_information(ratings, "u.item")
    if file is None:
        return None
    names = ("item", "title", "release", "video_release", "address", *GENRES_100K)
    frame = read_side_information(file, names, lambda line: line.split("|"), encoding="latin-1")
    flags = frame[list(GENRES_100K)].to_numpy() == "1"
    genres = [[genre for genre, on in zip(GENRES_100K[1:], row[1:], strict=True) if on] for row in flags]
    title = or_nothing(frame["title"])
    year = numbers(frame["release"].str[-4:])
    return pd.DataFrame({"item": frame["item"], "title": title, "year": year, "genres": genres})


def u_user(ratings: Path) -> pd.DataFrame | None:
    """ml-100k: 'id|age|gender|occupation|zip code'."""
    file = find_side_information(ratings, "u.user")
    if file is None:
        return None
    frame = read_side_information(
        file, ("user", "age", "gender", "occupation", "zip_code"), lambda line: line.split("|")
    )
    return frame.assign(age=numbers(frame["age"]))


def movies_dat(ratings: Path, *names: str, encoding: str) -> pd.DataFrame | None:
    """ml-1m, ml-10m: 'id::title::genre|genre'; a title may hold colons."""

    def split(line: str) -> list[str]:
        item, _, rest = line.partition("::")
        return [item, *rest.rpartition("::")[::2]] if "::" in rest else line.split("::")

    file = find_side_information(ratings, *names)
    return (
        None
        if file is None
        else _films(read_side_information(file, ("item", "title", "genres"), split, encoding=encoding))
    )


def users_dat(ratings: Path, *names: str) -> pd.DataFrame | None:
    """ml-1m: 'id::gender::age::occupation::zip code', age and occupation in the codes of its README."""
    file = find_side_information(ratings, *names)
    columns = ("user", "gender", "age", "occupation", "zip_code")
    return None if file is None else read_side_information(file, columns, lambda line: line.split("::"))


def movies_csv(ratings: Path) -> pd.DataFrame | None:
    """ml-latest-small, ml-20m and later: 'movieId,title,genre|genre' under a header."""
    file = find_side_information(ratings, "movies.csv")
    if file is None:
        return None
    return _films(read_side_information(file, ("item", "title", "genres"), quoted_fields, skip_lines=1))


def _films(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": frame["item"],
            "title": or_nothing(frame["title"]),
            "year": numbers(frame["title"].str.extract(YEAR, expand=False)),
            "genres": [listed(genres) if genres != NO_GENRES else [] for genres in frame["genres"]],
        }
    )
