import numpy as np
import pytest

from recexp.data.filters import k_core
from recexp.data.interactions import Interactions
from recexp.errors import ConfigError, DataError
from tests.unit.dataset.tables import prepare_table

RATED = "user,item,time,rating\na,x,1,5\na,y,2,3\nb,x,1,4\nb,y,2,4\nb,z,3,1\n"


def test_shapes_types_and_offsets(small):
    interactions = small.interactions
    n = small.card.interactions
    assert interactions.user_idx.shape == interactions.item_idx.shape == interactions.time.shape == (n,)
    assert interactions.user_idx.dtype == interactions.item_idx.dtype == np.int32
    assert interactions.time.dtype == interactions.offsets.dtype == np.int64
    assert interactions.num_users == 610
    assert interactions.num_items == 9724
    np.testing.assert_array_equal(np.unique(interactions.user_idx), np.arange(610))
    np.testing.assert_array_equal(np.unique(interactions.item_idx), np.arange(1, 9725))  # 0 is padding (T14)
    np.testing.assert_array_equal(np.repeat(np.arange(610), np.diff(interactions.offsets)), interactions.user_idx)
    assert interactions.offsets[0] == 0


def test_maps_lead_back_to_the_file(small):
    """The first lines of the file: user 1 rated movie 1 at 964982703 and movie 3 at 964981247."""
    interactions = small.interactions
    user = interactions.user_ids[interactions.user_idx]
    item = interactions.item_ids[interactions.item_idx]
    for movie, time in ((1, 964982703), (3, 964981247)):
        rows = (user == 1) & (item == movie)
        assert interactions.time[rows].tolist() == [time]


def test_order_is_time_then_file_as_a_naive_sort_has_it(tmp_path):
    """T12: equal times keep the order of the file, whatever the ids."""
    generator = np.random.default_rng(0)
    rows = np.stack([generator.integers(0, high, 500) for high in (7, 50, 4)], axis=1).tolist()
    text = "user,item,time\n" + "".join(f"{user},{item},{time}\n" for user, item, time in rows)
    interactions = prepare_table(tmp_path, text).interactions
    expected = sorted(rows, key=lambda row: (row[0], row[2]))  # Python's sort is stable
    got = np.stack(
        [
            interactions.user_ids[interactions.user_idx],
            interactions.item_ids[interactions.item_idx],
            interactions.time,
        ],
        axis=1,
    )
    assert got.tolist() == expected


def test_repeated_interactions_are_kept(tmp_path):
    interactions = prepare_table(tmp_path, "user,item,time\na,x,1\na,x,1\na,x,2\n").interactions
    assert interactions.item_idx.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["10", "9", "100"], [-1, 9, 10, 100]),
        (["10", "9", "x"], ["", "10", "9", "x"]),
        (["7", "007"], ["", "007", "7"]),
        (["99999999999999999999", "1"], ["", "1", "99999999999999999999"]),
        (["NA", "nan", "null"], ["", "NA", "nan", "null"]),
    ],
    ids=["numbers", "text", "leading zeros", "beyond 64 bits", "words pandas takes for missing"],
)
def test_ids_ascend_after_the_padding(tmp_path, ids, expected):
    interactions = prepare_table(tmp_path, "user,item,time\n" + "".join(f"u,{i},1\n" for i in ids)).interactions
    assert interactions.item_ids.tolist() == expected
    assert interactions.item_ids[interactions.item_idx].astype(str).tolist() == ids  # one time: order of the file


def test_whole_times_are_not_rounded(tmp_path):
    """Nanoseconds of 2026 differ by 1: float64, let alone float32, would tie them."""
    times = prepare_table(tmp_path, "user,item,time\na,x,1780000000000000001\na,y,1780000000000000000\n").interactions
    assert times.time.dtype == np.int64
    assert times.time.tolist() == [1780000000000000000, 1780000000000000001]


def test_broken_times_are_float64(tmp_path):
    interactions = prepare_table(tmp_path, "user,item,time\na,x,2\na,y,1.5\n").interactions
    assert interactions.time.dtype == np.float64
    assert interactions.item_ids[interactions.item_idx].tolist() == ["y", "x"]


def test_minimum_rating_keeps_the_boundary(tmp_path):
    prepared = prepare_table(tmp_path, RATED, rating="rating", min_rating=4)
    ids = prepared.interactions.item_ids[prepared.interactions.item_idx].tolist()
    assert ids == ["x", "x", "y"]
    assert prepared.card.filters == {"min_rating": 4, "k_core": None}
    assert prepared.interactions.num_items == 2  # z is gone, ids stay contiguous


def test_k_core_counts_what_the_minimum_rating_left(tmp_path):
    prepared = prepare_table(tmp_path, RATED + "c,x,1,5\nc,y,2,5\n", rating="rating", min_rating=4, k_core=2)
    assert prepared.interactions.user_ids.tolist() == ["b", "c"]  # a has only x left


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(5))
def test_k_core_is_the_naive_loops(k, seed):
    generator = np.random.default_rng(seed)
    pairs = list(zip(generator.integers(0, 30, 100).tolist(), generator.integers(0, 25, 100).tolist(), strict=True))
    left = list(range(100))
    while True:
        users, items = [pairs[row][0] for row in left], [pairs[row][1] for row in left]
        keep = [row for row in left if users.count(pairs[row][0]) >= k]
        keep = keep if len(keep) < len(left) else [row for row in left if items.count(pairs[row][1]) >= k]
        if len(keep) == len(left):
            break
        left = keep
    user, item = np.array(pairs).T
    assert np.flatnonzero(k_core(user, item, k, among=np.ones(100, bool))).tolist() == left


def test_nothing_left_names_what_each_filter_removed(tmp_path):
    with pytest.raises(
        DataError, match=r"5 interactions: dataset.min_rating=4 removed 2, then dataset.k_core=3 removed 3"
    ):
        prepare_table(tmp_path, RATED, rating="rating", min_rating=4, k_core=3)


def test_minimum_rating_needs_ratings(tmp_path):
    with pytest.raises(ConfigError, match="without ratings"):
        prepare_table(tmp_path, RATED, min_rating=4)


def test_other_counts_than_pinned_say_by_how_much(tmp_path):
    """T15, and before the filters: with k_core=2 item z is gone, but the raw counts hold."""
    expected = {"users": 2, "items": 3, "interactions": 5}
    assert prepare_table(tmp_path, RATED, expected=expected, k_core=2).card.items == 2
    with pytest.raises(DataError, match=r"3 items where 4 are expected \(-1\) and 5 interactions where 3 .* \(\+2\)"):
        prepare_table(tmp_path, RATED, expected={"users": 2, "items": 4, "interactions": 3})


def test_the_hash_sees_every_array_and_nothing_else(small):
    interactions = small.interactions
    arrays = dict(vars(interactions))
    assert Interactions(**{name: array.copy() for name, array in arrays.items()}).sha256() == interactions.sha256()
    for name, array in arrays.items():
        changed = array.copy()
        changed[-1] += 1
        assert Interactions(**{**arrays, name: changed}).sha256() != interactions.sha256(), name


def test_the_hash_is_pinned(small):
    """Another hash is another dataset: raise PREPARATION_VERSION, say so in the changelog, and only then pin anew."""
    assert small.card.sha256 == "86df19e072760c1ac76206787b78c124dd805453aa0bcb81242e3fa389275986"
