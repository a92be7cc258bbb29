import pytest

from recexp.dataset.sasrec import SASRecFile, SASRecMovieLens
from recexp.errors import DataError

FILES = {
    "ml-1m/sasrec/ml-1m.txt": "1 1\n1 2\n2 2\n",
    "ml-1m/sasrec/items.txt": "1 260\n2 12\n",
    "ml-1m/sasrec/users.txt": "2 7\n1 9\n",
    "ml-1m/movies.dat": "12::Dracula: Dead (1995)::Comedy|Horror\n260::Star Wars (1977)::Action\n500::Never::Drama\n",
    "ml-1m/users.dat": "7::M::25::4::55117\n9::F::1::10::48067\n",
}


@pytest.fixture
def dataset(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return SASRecMovieLens(
        name="ml-1m-sasrec",
        path=str(tmp_path / "ml-1m-sasrec"),
        places=["../ml-1m/sasrec"],
        file="ml-1m.txt",
        films="items.txt",
        users="users.txt",
    )


def test_films_and_users_are_known_by_the_ids_of_the_file(dataset):
    file = dataset.locate()
    assert dataset.read(file)["item"].tolist() == ["1", "2", "2"]
    films, users = dataset.read_items(file), dataset.read_users(file)
    assert films["item"].tolist() == ["1", "2"]
    assert films["title"].tolist() == ["Star Wars (1977)", "Dracula: Dead (1995)"]
    assert films["genres"].tolist() == [["Action"], ["Comedy", "Horror"]]
    assert users[["user", "gender", "zip_code"]].to_numpy().tolist() == [["2", "M", "55117"], ["1", "F", "48067"]]


@pytest.mark.parametrize("absent", ["items.txt", "../movies.dat"])
def test_without_its_files_nothing_is_known(dataset, absent):
    file = dataset.locate()
    (file.parent / absent).unlink()
    assert dataset.read_items(file) is None


def test_an_id_that_movielens_has_not_is_named(dataset):
    file = dataset.locate()
    file.with_name("items.txt").write_text("1 260\n2 13\n")
    with pytest.raises(DataError, match=r"items\.txt: 13 is none of the ids"):
        dataset.read_items(file)


def test_of_the_other_files_nothing_is_known(tmp_path):
    (tmp_path / "Video.txt").write_text("1 1\n")
    dataset = SASRecFile(name="games-sasrec", path=str(tmp_path), file="Video.txt")
    assert len(dataset.read(dataset.locate())) == 1
    assert dataset.read_items(dataset.locate()) is None
    assert dataset.read_users(dataset.locate()) is None
