import pytest

from recexp.dataset.lastfm import LastFM
from recexp.errors import DataError

FILES = {
    "user_artists.dat": "userID\tartistID\tweight\n2\t51\t13883\n2\t52\t11690\n3\t51\t1\n",
    "artists.dat": "id\tname\turl\tpictureURL\n51\tDuran Duran\thttp://a\thttp://b\n52\tMöre\thttp://c\t\n",
    "tags.dat": "tagID\ttagValue\n1\tmetal\n2\tnew wave\n13\tcaf\xe9\n",
    "user_taggedartists.dat": (
        "userID\tartistID\ttagID\tday\tmonth\tyear\n2\t51\t2\t1\t4\t2009\n3\t51\t2\t1\t4\t2009\n2\t51\t13\t1\t4\t2009\n"
    ),
}


@pytest.fixture
def lastfm(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="latin-1" if name == "tags.dat" else "utf-8")
    return LastFM(name="lastfm", path=str(tmp_path))


def test_who_listened_to_whom(lastfm):
    frame = lastfm.read(lastfm.locate())
    assert frame.to_dict("list") == {"user": [2, 2, 3], "item": [51, 52, 51], "rating": [13883, 11690, 1]}


def test_names_and_tags_of_artists(lastfm):
    """The most frequent tag first; those of tags.dat are in Latin-1."""
    frame = lastfm.read_items(lastfm.locate())
    assert frame["item"].tolist() == [51, 52]
    assert frame["title"].tolist() == ["Duran Duran", "Möre"]
    assert frame["tags"].tolist() == [["new wave", "café"], []]


@pytest.mark.parametrize("absent", ["tags.dat", "user_taggedartists.dat"])
def test_without_tags_the_names_stay(lastfm, absent):
    file = lastfm.locate()
    (file.parent / absent).unlink()
    assert lastfm.read_items(file)["tags"].tolist() == [[], []]
    (file.parent / "artists.dat").unlink()
    assert lastfm.read_items(file) is None


def test_another_header_is_an_error(lastfm):
    lastfm.locate().write_text("user\tartist\tweight\n2\t51\t1\n")
    with pytest.raises(DataError, match=r"line 1: got .* expected the header"):
        lastfm.read(lastfm.locate())
