"""Random damage to a MovieLens file: it ends in an error that names a bad line, or loads as a naive reader reads it."""

import math
import re

import numpy as np
import pytest

from recexp.dataset.movielens import MovieLens1M, MovieLens100K, MovieLensCSV
from recexp.errors import DataError

CASES = 5_000
LAYOUTS = {  # parser, file, first line, separator
    "ml-100k": (MovieLens100K, "u.data", "", "\t"),
    "ml-1m": (MovieLens1M, "ratings.dat", "", "::"),
    "ml-20m": (MovieLensCSV, "ratings.csv", "userId,movieId,rating,timestamp\n", ","),
}
NAMES = ["user", "item", "rating", "time"]
GOOD = re.compile(r"[1-9][0-9]{0,8}(::|\t|,)[1-9][0-9]{0,8}\1[0-5](\.5)?\1[1-9][0-9]{0,9}")
TOKENS = [
    "", " ", "nan", "NA", "null", "None", "inf", "-inf", "1e400", "1e3", "-1", "+1", "-0", "007", "1.5", "1.", ".5", "5.0",
    "0x1F", "1_000", "9" * 19, "9" * 30, "9223372036854775807", "9223372036854775808", "bob", "True", '"', '"1"', "'1'",
    "#", " 5", "5 ", "１", "é", "\ufeff", "\x00", "5\x00", "1,5", "1;5", "1:5", "1::5", "1\t5", "1\n5", "\n", "\n\n", " \n",
    "\r\n", "5\r\n", "\\N", "1e-400", "1e18", "12e17", "0", "--1", "1-1",
]  # fmt: skip


def rows(generator) -> list[list[str]]:
    count = int(generator.integers(1, 51))
    columns = [generator.integers(1, 99, count), generator.integers(1, 999, count), generator.choice([1, 3.5, 5], count)]
    times = generator.integers(8 * 10**8, 10**9, count)
    return [[f"{value:g}" for value in row[:3]] + [str(row[3])] for row in zip(*columns, times, strict=True)]


def damaged(generator, content: bytes, separator: str) -> bytes:
    """One to three damages of random kinds at random places."""
    for _ in range(int(generator.integers(1, 4))):
        place, other = sorted(generator.integers(0, len(content) + 1, 2).tolist())
        byte = bytes([int(generator.integers(0, 256))]).replace(b"\r", b"")  # a lone one is a line's end to some readers
        token = str(generator.choice(TOKENS)).encode()
        lines = content.split(b"\n")
        line = int(generator.integers(0, len(lines)))
        fields = lines[line].split(separator.encode())
        field = int(generator.integers(0, len(fields)))
        match generator.integers(0, 10):
            case 0:
                content = content[:place] + byte + content[place + 1 :]
            case 1:
                content = content[:place] + byte + content[place:]
            case 2:
                content = content[:place] + content[min(other, place + 9) :]
            case 3:
                content = content[:place]
            case 4:
                content = content[:other] + content[place:other] + content[other:]
            case 5:
                content = content[:place] + token + content[place:]
            case 6:
                content = b"\n".join([*lines[:line], *lines[line + 1 :]])
            case 7:
                content = b"\n".join([*lines[:line], separator.encode().join([*fields, token]), *lines[line + 1 :]])
            case _:
                fields[field] = token
                content = b"\n".join([*lines[:line], separator.encode().join(fields), *lines[line + 1 :]])
    return content


def naive(content: bytes, separator: str, header: str) -> list[tuple[int, str, list[float] | None]]:
    """(line from 1, text, numbers or None for a line that is no row) of every line that is not blank."""
    found = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        text = line.decode("utf-8", errors="replace").removesuffix("\r")
        if text.strip(" ") and not (header and number == 1):
            try:
                values = [float(field) for field in text.split(separator)]
                row = all(map(math.isfinite, values)) and len(values) == 4 and values[0] % 1 == values[1] % 1 == 0
            except ValueError:
                row = False
            found.append((number, text, values if row else None))
    return found


def outcome(layout: str, folder, seed: int) -> str:
    """What became of a damaged file, in a word; fails when it is anything but an error in the right place or its rows."""
    parser, name, header, separator = LAYOUTS[layout]
    generator = np.random.default_rng(seed)
    content = (header + "".join(separator.join(row) + "\n" for row in rows(generator))).encode()
    content = damaged(generator, content, separator)
    file = folder / name
    file.write_bytes(content)
    expected = naive(content, separator, header)
    try:
        frame = parser(name="fuzz", path=str(file)).read(file)
    except DataError as error:
        message = str(error)
        assert message.startswith(str(file)), message
        line = re.match(r", line (\d+): ", message.removeprefix(str(file)))
        if line is None:
            assert not expected and "has no rows" in message or "is empty" in message, message
            return "nothing"
        texts = {number: text for number, text, _ in expected}
        assert not GOOD.fullmatch(texts.get(int(line[1]), "")), message
        return "error"
    assert not header or content.startswith((header.encode().rstrip(), b"\xef\xbb\xbf" + header.encode().rstrip()))
    assert all(values is not None for _, _, values in expected), "a bad line was read"
    assert frame[NAMES].to_numpy(np.float64).tolist() == [values for _, _, values in expected]
    return "rows"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.filterwarnings("error")
def test_damage_never_passes_unseen(layout, tmp_path):
    found = {"rows": 0, "error": 0, "nothing": 0}
    for seed in range(CASES // len(LAYOUTS) + 1):
        try:
            found[outcome(layout, tmp_path, seed)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed} ({layout}): {type(error).__name__}: {error}") from error
    assert min(found.values()) > 0, found
    print(layout, found)
