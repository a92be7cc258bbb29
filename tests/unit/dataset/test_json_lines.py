import gzip
import json

import pytest

from recexp.dataset.formats.json_lines import number, read_objects, read_reviews, seconds
from recexp.errors import DataError

GOOD = {"who": "a", "what": 7, "when": 5, "stars": 4.0}


def review_file(folder, *lines, name="reviews.json"):
    content = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines).encode()
    file = folder / name
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return file


def read(file):
    return read_reviews(file, user="who", item="what", time="when", rating="stars", to_time=number)


@pytest.mark.parametrize("name", ["reviews.json", "reviews.json.gz"])
def test_packed_and_unpacked_lines_are_read_alike(tmp_path, name):
    frame = read(review_file(tmp_path, GOOD, "", {**GOOD, "who": "b", "text": "more\nthan one line"}, name=name))
    assert frame.to_dict("list") == {"user": ["a", "b"], "item": ["7", "7"], "time": [5, 5], "rating": [4.0, 4.0]}


def test_the_spelling_of_python_is_read(tmp_path):
    line = """{u'who': u"it's", 'what': '7', 'when': 5, 'stars': 4, 'early': True, 'text': u'caf\\xe9'}"""
    assert read(review_file(tmp_path, line)).to_numpy().tolist() == [["it's", "7", 5, 4]]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({**GOOD, "who": None}, "who: got None, expected an id"),
        ({**GOOD, "who": ""}, "who: got '', expected an id"),
        ({**GOOD, "what": 1.5}, "what: got 1.5, expected an id"),
        ({**GOOD, "when": "soon"}, "when: got 'soon', expected a finite number"),
        ({**GOOD, "when": float("nan")}, "when: got nan, expected a finite number"),
        ({**GOOD, "stars": True}, "stars: got True, expected a finite number"),
        ({"who": "a", "what": "b", "when": 1}, "there is no 'stars'"),
        ('{"who": "a"', "no JSON object"),
        ("__import__('os').remove('file')", "no JSON object"),
        ("[1, 2]", "got a list, expected a JSON object"),
    ],
    ids=str,
)
def test_a_bad_line_is_named(tmp_path, line, problem):
    file = review_file(tmp_path, GOOD, "", line, GOOD)
    with pytest.raises(DataError) as error:
        read(file)
    assert str(error.value).startswith(f"{file}, line 3: ")
    assert problem in str(error.value)


def test_bytes_that_are_no_text_are_named(tmp_path):
    file = review_file(tmp_path, GOOD)
    file.write_bytes(file.read_bytes() + b'{"who": "\xff"}\n')
    with pytest.raises(DataError, match="line 2: no JSON object"):
        read(file)


def test_a_packed_file_that_was_cut_is_named(tmp_path):
    file = review_file(tmp_path, *[{**GOOD, "text": str(n) * 50} for n in range(500)], name="reviews.json.gz")
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"after line \d+: damaged or cut short"):
        list(read_objects(file))
    file.write_bytes(b"no gzip")
    with pytest.raises(DataError, match="after line 0: damaged"):
        list(read_objects(file))


def test_an_empty_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"has no rows; a line is: \{'who', 'what'"):
        read(review_file(tmp_path))


def test_dates_are_seconds_since_1970():
    assert seconds("1970-01-02") == 24 * 60 * 60
    assert seconds("1970-01-01 00:01:02") == 62
    for bad in ("yesterday", 5, None):
        with pytest.raises(ValueError, match="expected a date"):
            seconds(bad)
