"""What MovieLens tells of films and users: tiny files in the original layouts, and the real ones where they are."""

import pytest

from recexp.dataset.movielens import MovieLens1M, MovieLens10M, MovieLens100K, MovieLensCSV, MovieLensLatestSmall
from recexp.errors import DataError

FLAGS = "0|0|0|1|1|1" + "|0" * 13  # Animation, Children's, Comedy
U_ITEM = f"1|Toy Story (1995)|01-Jan-1995||http://x|{FLAGS}\n2|Caf\xe9|||http://y|1{'|0' * 18}\n"
MOVIES_DAT = "1::Toy Story (1995)::Animation|Comedy\n2::Mis\xe9rables: A::B (1998)::Drama\n"
MOVIES_CSV = """movieId,title,genres
1,Toy Story (1995),Comedy|Comedy
2,"Am\xe9lie, Le ""fab"" (2001)",(no genres listed)
"""


def dataset(kind, folder, **files):
    """Of empty ratings and these files; a text is written in the encoding of its layout."""
    for name, (text, encoding) in files.items():
        (folder / name.replace("_", ".")).write_bytes(text.encode(encoding))
    made = kind(name="x", path=str(folder))
    (folder / made.file).touch()
    return made, folder / made.file


def test_films_of_ml_100k(tmp_path):
    """In Latin-1, the year from the day of release; what is not known is NaN or an empty list."""
    made, ratings = dataset(MovieLens100K, tmp_path, u_item=(U_ITEM, "latin-1"))
    frame = made.read_items(ratings)
    assert frame.loc[0].tolist() == [1, "Toy Story (1995)", 1995, ["Animation", "Children's", "Comedy"]]
    assert frame.loc[1, ["title", "genres"]].tolist() == ["Café", []]
    assert frame["year"].isna().tolist() == [False, True]


def test_users_of_ml_100k(tmp_path):
    made, ratings = dataset(MovieLens100K, tmp_path, u_user=("1|24|M|technician|85711\n2|53|F|other|T8H1N\n", "ascii"))
    assert made.read_users(ratings).to_numpy().tolist() == [
        [1, 24.0, "M", "technician", "85711"],
        [2, 53.0, "F", "other", "T8H1N"],
    ]


@pytest.mark.parametrize(("kind", "encoding"), [(MovieLens1M, "latin-1"), (MovieLens10M, "utf-8")])
def test_films_of_ml_1m_and_ml_10m(tmp_path, kind, encoding):
    """A title may hold colons."""
    made, ratings = dataset(kind, tmp_path, movies_dat=(MOVIES_DAT, encoding))
    frame = made.read_items(ratings)
    assert frame["title"].tolist() == ["Toy Story (1995)", "Misérables: A::B (1998)"]
    assert frame["year"].tolist() == [1995, 1998]
    assert frame["genres"].tolist() == [["Animation", "Comedy"], ["Drama"]]


def test_users_of_ml_1m(tmp_path):
    made, ratings = dataset(MovieLens1M, tmp_path, users_dat=("1::F::1::10::48067\n", "ascii"))
    assert made.read_users(ratings).to_dict("records") == [
        {"user": 1, "gender": "F", "age": "1", "occupation": "10", "zip_code": "48067"}
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_films_of_the_later_releases(tmp_path, end):
    made, ratings = dataset(MovieLensCSV, tmp_path, movies_csv=(MOVIES_CSV.replace("\n", end), "utf-8"))
    frame = made.read_items(ratings)
    assert frame["title"].tolist() == ["Toy Story (1995)", 'Amélie, Le "fab" (2001)']
    assert frame["genres"].tolist() == [["Comedy"], []]
    assert made.read_users(ratings) is None


@pytest.mark.parametrize("kind", [MovieLens100K, MovieLens1M, MovieLens10M, MovieLensCSV])
def test_without_its_files_nothing_is_known(tmp_path, kind):
    made, ratings = dataset(kind, tmp_path)
    assert made.read_items(ratings) is None
    assert made.read_users(ratings) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1::A (1995)::Drama\n\nB::C (1995)::Drama\n", "line 3: item: got 'B', expected a whole number"),
        ("1::A (1995)::Drama\n1::B (1995)::Drama\n", "line 2: item 1 has a line already"),
        ("1::A (1995)\n", "line 1: 2 fields, expected 3"),
        ("1\n", "line 1: 1 fields, expected 3"),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, problem):
    made, ratings = dataset(MovieLens1M, tmp_path, movies_dat=(text, "latin-1"))
    with pytest.raises(DataError, match=rf"movies\.dat, {problem}"):
        made.read_items(ratings)


def test_bytes_of_another_encoding_are_named(tmp_path):
    made, ratings = dataset(MovieLens10M, tmp_path, movies_dat=(MOVIES_DAT, "latin-1"))
    with pytest.raises(DataError, match=r"movies\.dat, line 2: not UTF-8 text"):
        made.read_items(ratings)


def test_the_embedded_films():
    made = MovieLensLatestSmall(name="ml-latest-small")
    frame = made.read_items(made.locate())
    assert len(frame) == 9742
    assert frame["genres"].map(len).eq(0).sum() == 34
    rated = made.read(made.locate())["item"].unique()
    assert set(rated) <= set(frame["item"])


def test_the_real_films_and_users(shared_data):
    ratings = shared_data / "ml-100k" / "u.data"
    films, users = (getattr(MovieLens100K(name="x", path="x"), read)(ratings) for read in ("read_items", "read_users"))
    assert (len(films), len(users)) == (1682, 943)
    assert films["genres"].explode().nunique() == 18
    assert users["occupation"].nunique() == 21
    films = MovieLens1M(name="x", path="x").read_items(shared_data / "ml-1m" / "ratings.dat")
    assert len(films) == 3883
    assert "Misérables, Les (1995)" in set(films["title"])
