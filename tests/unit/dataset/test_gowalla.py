import pytest

from recexp.dataset.gowalla import Gowalla
from recexp.errors import DataError

LINES = [
    "0\t2010-10-19T23:55:27Z\t30.2359091167\t-97.7951395833\t22847",
    "0\t2010-10-18T22:17:43Z\t30.269102\t-97.749395\t420315",
    "1\t1970-01-01T00:00:05Z\t30.2\t-97.7\t22847",
]


def dataset(folder, lines):
    (folder / "loc-gowalla_totalCheckins.txt").write_text("\n".join(lines) + "\n")
    return Gowalla(name="gowalla", path=str(folder))


def test_the_check_ins(tmp_path):
    gowalla = dataset(tmp_path, LINES)
    frame = gowalla.read(gowalla.locate())
    assert frame[["user", "item"]].to_numpy().tolist() == [[0, 22847], [0, 420315], [1, 22847]]
    assert frame["time"].tolist() == [1287532527, 1287440263, 5]


def test_where_the_places_are(tmp_path):
    gowalla = dataset(tmp_path, LINES)
    frame = gowalla.read_items(gowalla.locate())
    assert list(frame) == ["item", "latitude", "longitude"]
    assert frame.to_numpy().tolist() == [[22847, 30.2359091167, -97.7951395833], [420315, 30.269102, -97.749395]]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("1\tyesterday\t0\t0\t5", "time: got 'yesterday'"),
        ("1\t\t0\t0\t5", "time: got ''"),
        ("1\t2010-10-18T22:17:43Z\t0\t0\tplace", "item: got 'place', expected a whole number"),
        ("1\t2010-10-18T22:17:43Z\t0\t0", "4 columns, expected 5"),
    ],
)
def test_a_bad_line_is_named(tmp_path, bad, problem):
    gowalla = dataset(tmp_path, [LINES[0], "", bad, LINES[1]])
    with pytest.raises(DataError, match=f"line 3: {problem}"):
        gowalla.read(gowalla.locate())
