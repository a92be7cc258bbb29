"""Last.fm of HetRec 2011 (Cantador, Brusilovsky & Kuflik): who listened how often to which artist, without times."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recexp.dataset.formats.headers import check_header
from recexp.dataset.formats.text import read_text
from recexp.dataset.published import Published
from recexp.dataset.side_information import find_side_information, or_nothing, read_side_information


@dataclass(frozen=True, kw_only=True)
class LastFM(Published):
    """user_artists.dat, whose weight (how often the user listened) is the rating; artists.dat, tags.dat."""

    file: str = "user_artists.dat"

    def read(self, file: Path) -> pd.DataFrame:
        layout = "userID\tartistID\tweight"
        check_header(file, layout, "\t")
        columns = {"user": 0, "item": 1, "rating": 2}
        return read_text(file, separator="\t", columns=columns, width=3, layout=layout, skip_lines=1, whole_ids=True)

    def read_items(self, file: Path) -> pd.DataFrame | None:
        """The artist's name, and all tags that users gave, the most frequent first."""
        artists = find_side_information(file, "artists.dat")
        if artists is None:
            return None
        columns = ("item", "title", "address", "picture")
        frame = read_side_information(artists, columns, lambda line: line.split("\t"), skip_lines=1)
        tags = _tags(file)
        return pd.DataFrame(
            {
                "item": frame["item"],
                "title": or_nothing(frame["title"]),
                "tags": [tags.get(item, []) for item in frame["item"]],
            }
        )


def _tags(file: Path) -> dict[int, list[str]]:
    """Artist -> names of tags; empty where the files of the tags are not there."""
    names, given = find_side_information(file, "tags.dat"), find_side_information(file, "user_taggedartists.dat")
    if names is None or given is None:
        return {}
    known = read_side_information(
        names, ("tag", "name"), lambda line: line.split("\t", 1), encoding="latin-1", skip_lines=1
    )
    name = dict(zip(known["tag"], known["name"], strict=True))
    layout = "userID\tartistID\ttagID\tday\tmonth\tyear"
    check_header(given, layout, "\t")
    columns = {"user": 0, "item": 1, "tag": 2}
    frame = read_text(given, separator="\t", columns=columns, width=6, layout=layout, skip_lines=1, whole_ids=True)
    counts = frame.value_counts(["item", "tag"], sort=True).reset_index()
    counts["name"] = counts["tag"].map(name)
    return counts.dropna(subset=["name"]).groupby("item")["name"].agg(list).to_dict()
