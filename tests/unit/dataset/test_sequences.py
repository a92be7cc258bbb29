import numpy as np
import pytest

from recexp.data.prepare import prepare
from recexp.dataset.sequences import UserHistoryLines, UserItemLines
from recexp.errors import DataError


def read(kind, folder, text):
    file = folder / "data.txt"
    file.write_text(text)
    return prepare(kind(name="data", path=str(file)), cache=folder / "cache").interactions


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (UserItemLines, "2 30\n1 10\n2 4\n1 10\n2 5\n"),
        (UserItemLines, "2\t30\n1\t10\n\n2\t4\n1\t10\n2  5 \n"),
        (UserHistoryLines, "2 30 4 5\n1 10 10\n"),
        (UserHistoryLines, "1 10 10\n\n2 30 4  5 \n"),
    ],
    ids=["pairs", "tabs and blanks", "histories", "histories with blanks"],
)
def test_the_order_of_the_file_is_the_order_in_time(kind, text, tmp_path):
    interactions = read(kind, tmp_path, text)
    assert interactions.user_ids.tolist() == [1, 2]
    assert interactions.item_ids.tolist() == [-1, 4, 5, 10, 30]
    assert interactions.item_ids[interactions.item_idx].tolist() == [10, 10, 30, 4, 5]
    assert (np.diff(interactions.time)[[0, 2, 3]] > 0).all()  # within a user


def test_ids_may_be_words(tmp_path):
    interactions = read(UserHistoryLines, tmp_path, "ann pear apple\nbob pear\n")
    assert interactions.item_ids[interactions.item_idx].tolist() == ["pear", "apple", "pear"]


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (UserItemLines, "1 2\n1 3 4\n", "line 2: 3 columns, expected 2 .*dataset=histories"),
        (UserItemLines, "1 2 3\n4 5 6\n", "line 1: 3 columns, expected 2 .*dataset=histories"),
        (UserItemLines, "1 2\n\n7\n", "line 3: 1 columns, expected 2"),
        (UserItemLines, "", "has no rows"),
        (UserHistoryLines, "1 2 3\n\n7\n", "line 3: user '7' has no items"),
        (UserHistoryLines, "7\n", "line 1: user '7' has no items"),
        (UserHistoryLines, "1 2\n1 3\n", "line 2: user '1' has a line already.*dataset=sequences"),
        (UserHistoryLines, "\n\n", "has no rows"),
    ],
    ids=["a history", "only histories", "no item", "empty", "no items", "only a user", "pairs", "blank"],
)
def test_a_bad_line_is_named(kind, text, message, tmp_path):
    with pytest.raises(DataError, match=message):
        read(kind, tmp_path, text)


def test_bytes_that_are_no_text_are_named_with_their_line(tmp_path):
    file = tmp_path / "data.txt"
    file.write_bytes(b"1 2\n1 \xff\n")
    for kind in (UserItemLines, UserHistoryLines):
        with pytest.raises(DataError, match="line 2: not UTF-8"):
            kind(name="data", path=str(file)).read(file)


@pytest.mark.parametrize(
    ("kind", "file", "counts"),
    [
        (UserItemLines, "ml-1m/sasrec/ml-1m.txt", (6_040, 3_416, 999_611)),
        (UserHistoryLines, "beauty-5core/Beauty.txt", (22_363, 12_101, 198_502)),
    ],
    ids=["ml-1m", "beauty"],
)
def test_the_papers_files_have_their_published_counts(kind, file, counts, shared_data, tmp_path):
    """T15; and the last user's history is, line for line, the file's."""
    if not (shared_data / file).is_file():
        pytest.skip(f"needs {file}")
    prepared = prepare(kind(name="data", path=str(shared_data / file)), cache=tmp_path)
    card, interactions = prepared.card, prepared.interactions
    assert (card.users, card.items, card.interactions) == counts
    assert card.tied_share == 0
    last = str(interactions.user_ids[-1])
    lines = [line.split() for line in (shared_data / file).read_text().splitlines()]
    history = [item for user, *items in lines if user == last for item in items]
    assert interactions.item_ids[interactions.item_idx[interactions.offsets[-2] :]].astype(str).tolist() == history
