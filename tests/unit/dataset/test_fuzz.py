"""Random damage to a MovieLens file: it ends in an error that names a bad line, or loads as a naive reader reads it."""

import math
import re
from random import Random

import numpy as np
import pytest

from recexp.dataset.movielens import MovieLens1M, MovieLens100K, MovieLensCSV
from recexp.errors import DataError

CASES = 1_000  # four times as many more with -m slow
LAYOUTS = {  # parser, file, first line, separator
    "ml-100k": (MovieLens100K, "u.data", "", "\t"),
    "ml-1m": (MovieLens1M, "ratings.dat", "", "::"),
    "ml-20m": (MovieLensCSV, "ratings.csv", "userId,movieId,rating,timestamp\n", ","),
}
NAMES = ["user", "item", "rating", "time"]
GOOD = re.compile(r"[1-9][0-9]{0,8}(::|\t|,)[1-9][0-9]{0,8}\1[0-5](\.5)?\1[1-9][0-9]{0,9}")
SEPARATORS = ("\t", "::", ":", ",", ";", " ", "|")
TOKENS = [
    "", " ", "nan", "NA", "null", "None", "inf", "-inf", "1e400", "1e3", "-1", "+1", "-0", "007", "1.5", "1.", ".5",
    "5.0", "0x1F", "1_000", "9" * 19, "9" * 30, "9223372036854775807", "9223372036854775808", "bob", "True", '"', '"1"',
    "'1'", "#", " 5", "5 ", "\uff11", "\xe9", "\ufeff", "\x00", "5\x00", "1,5", "1;5", "1:5", "1::5", "1\t5", "1\n5",
    "\n", "\n\n", " \n", "\r\n", "5\r\n", "\\N", "1e-400", "1e18", "12e17", "0", "--1", "1-1",
]  # fmt: skip


def rows(random: Random) -> list[list[str]]:
    def row() -> list[str]:
        return [str(random.randint(1, 99)), str(random.randint(1, 999)), random.choice(("1", "3.5", "5")), time()]

    def time() -> str:
        return str(random.randint(8 * 10**8, 10**9))

    return [row() for _ in range(random.randint(1, 50))]


def damaged(random: Random, content: bytes, separator: str) -> bytes:
    """One to three damages of random kinds at random places."""
    for _ in range(random.randint(1, 3)):
        place, other = sorted((random.randint(0, len(content)), random.randint(0, len(content))))
        byte = bytes([random.randint(0, 255)]).replace(b"\r", b"")  # a lone one is a line's end to some readers
        token = random.choice(TOKENS).encode()
        lines = content.split(b"\n")
        line = random.randrange(len(lines))
        fields = lines[line].split(separator.encode())
        kind = random.randrange(11)
        if kind == 0:
            content = content[:place] + byte + content[place + 1 :]
        elif kind == 1:
            content = content[:place] + byte + content[place:]
        elif kind == 2:
            content = content[:place] + content[min(other, place + 9) :]
        elif kind == 3:
            content = content[:place]
        elif kind == 4:
            content = content[:other] + content[place:other] + content[other:]
        elif kind == 5:
            content = content[:place] + token + content[place:]
        elif kind == 6:
            content = b"\n".join([*lines[:line], *lines[line + 1 :]])
        else:
            if kind == 7:
                fields.append(token)
            elif kind == 8:
                fields[-2:] = [random.choice(SEPARATORS).encode().join(fields[-2:])]
            else:
                fields[random.randrange(len(fields))] = token
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
    """What became of a damaged file; fails when it is neither an error in the right place nor the rows of the text."""
    parser, name, header, separator = LAYOUTS[layout]
    random = Random(seed)
    content = (header + "".join(separator.join(row) + "\n" for row in rows(random))).encode()
    content = damaged(random, content, separator)
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
            assert not expected, message
            assert "has no rows" in message or "is empty" in message, message
            return "nothing"
        texts = {number: text for number, text, _ in expected}
        assert not GOOD.fullmatch(texts.get(int(line[1]), "")), message
        return "error"
    assert re.sub(rb'[ "\r]|\xef\xbb\xbf', b"", content).startswith(header.encode()), "another header was skipped"
    assert all(values is not None for _, _, values in expected), "a bad line was read"
    assert frame[NAMES].to_numpy(np.float64).tolist() == [values for _, _, values in expected]
    return "rows"


@pytest.mark.parametrize("first", [0, pytest.param(CASES, marks=pytest.mark.slow)])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.filterwarnings("error")
def test_damage_never_passes_unseen(layout, first, tmp_path):
    found = {"rows": 0, "error": 0, "nothing": 0}
    for seed in range(first, 5 * first or CASES, len(LAYOUTS)):
        try:
            found[outcome(layout, tmp_path, seed)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed} ({layout}): {type(error).__name__}: {error}") from error
    assert min(found["rows"], found["error"]) > 0, found
