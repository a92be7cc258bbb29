"""Time and peak memory of preparing a file with MovieLens-20M's statistics, beside RecBole's on the same rows.

    python scripts/benchmark_preparation.py --recbole /tmp/recbole/bin/python      # both, alternately
    python scripts/benchmark_preparation.py --only ours --rows 100_000_000

RecBole lives in an environment of its own: python -m venv /tmp/recbole, then
/tmp/recbole/bin/pip install recbole==1.2.1 "numpy<2" "pandas<2.3" "torch<2.14". Every measurement is a process of its
own, its seconds begin after the imports. Ours: raw file -> cached arrays, leave-one-out, training windows and ranking
targets; then once more, from the cache. RecBole's: create_dataset and data_preparation for SASRec, the same split; its
one sample a prefix takes 16 bytes times --window a row, so that 50, the default of both, needs over 16 GB.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

ROWS, USERS, ITEMS, LONGEST, MOST_POPULAR = 20_000_263, 138_493, 26_744, 9_254, 67_310  # MovieLens-20M
FIRST_TIME, LAST_TIME, LAST_MOVIE_ID = 789_652_009, 1_427_784_002, 131_262
RATINGS = ["0.5", "1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0"]
FILE = "ratings.csv"
USERS_AT_A_TIME, POPULAR_DRAWS = 4_000, 5

RECBOLE = """
import sys, time
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
folder, window = sys.argv[1:]
sys.argv = sys.argv[:1]
settings = dict(
    data_path=folder, load_col={"inter": ["user_id", "item_id", "timestamp"]}, MAX_ITEM_LIST_LENGTH=int(window),
    eval_args=dict(split={"LS": "valid_and_test"}, group_by="user", order="TO", mode="full"),
    train_neg_sample_args=None, loss_type="CE", use_gpu=False, show_progress=False,
)
config = Config(model="SASRec", dataset="ratings", config_dict=settings)
start, cpu = time.perf_counter(), time.process_time()
dataset = create_dataset(config)
seconds = time.perf_counter() - start
data_preparation(config, dataset)
"""
OURS = """
import sys, time
from pathlib import Path
from recexp.batching.batches import RankingTargets, TrainingWindows
from recexp.dataset.movielens import MovieLensLatestSmall
from recexp.data.prepare import prepare
from recexp.split.leave_one_out import LeaveOneOut
from recexp.windows.all import AllWindows
folder, cache = map(Path, sys.argv[1:])
start, cpu = time.perf_counter(), time.process_time()
data = prepare(MovieLensLatestSmall(name="ratings", path=str(folder / "ratings.csv")), cache=cache).interactions
seconds = time.perf_counter() - start
rows = LeaveOneOut()(data)
windows = TrainingWindows(data, AllWindows(stride=None)(data.offsets[:-1], rows.train_end, 50))
targets = [RankingTargets(data, of, 50, None, filter_seen=True) for of in (rows.val, rows.test)]
"""
RESULT = """
import json
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
result = {"read s": seconds, "all s": time.perf_counter() - start, "CPU s": time.process_time() - cpu}
print(json.dumps({**result, "peak MB": peak / 1024}))
"""


def generate(folder: Path, rows: int) -> None:
    """ratings.csv in MovieLens-20M's layout and order (by user, then movie), and the same rows for RecBole."""
    generator = np.random.default_rng(20)
    lengths = _history_lengths(round(USERS * rows / ROWS), rows, generator)
    popular = _by_popularity(generator)
    movie_id = np.sort(generator.choice(LAST_MOVIE_ID, ITEMS, replace=False)) + 1
    (folder / "ratings").mkdir(parents=True, exist_ok=True)
    comma, tab = (pa.csv.WriteOptions(include_header=False, quoting_style="none", delimiter=by) for by in ",\t")
    with (folder / FILE).open("wb") as ours, (folder / "ratings" / "ratings.inter").open("wb") as theirs:
        ours.write(b"userId,movieId,rating,timestamp\n")
        theirs.write(b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n")
        for first in range(0, len(lengths), USERS_AT_A_TIME):
            user, item = _pairs(lengths[first : first + USERS_AT_A_TIME], popular, generator, everything=first == 0)
            began = generator.integers(FIRST_TIME, LAST_TIME, USERS_AT_A_TIME)[user]
            after = (generator.random(len(user)) ** 2 * 20 * lengths[first + user]).astype(np.int64)
            rating = pa.array(RATINGS).take(pa.array(generator.integers(0, len(RATINGS), len(user))))
            columns = [user + first + 1, movie_id[item], rating, np.minimum(began + after, LAST_TIME)]
            table = pa.table(columns, names=["userId", "movieId", "rating", "timestamp"])
            pa.csv.write_csv(table, ours, comma)
            pa.csv.write_csv(table, theirs, tab)


def _history_lengths(users: int, rows: int, generator: np.random.Generator) -> np.ndarray:
    """int64 [users], sum = rows: at least 20, a long tail."""
    tail = generator.lognormal(0, 1.3, users)
    lengths = np.minimum(20 + np.floor(tail * (rows - 20 * users) / tail.sum()), LONGEST).astype(np.int64)
    return lengths + np.bincount(generator.integers(0, users, rows - lengths.sum()), minlength=users)


def _by_popularity(generator: np.random.Generator) -> np.ndarray:
    """Items, each as often as it is popular: the median has 1/40 of the mean, the first its share in MovieLens-20M."""
    share = generator.lognormal(0, 2.7, ITEMS)
    for _ in range(50):
        share = np.minimum(share / share.sum(), MOST_POPULAR / ROWS)
    return np.repeat(np.arange(ITEMS), np.ceil(share * 2**22).astype(np.int64))


def _pairs(
    lengths: np.ndarray, popular: np.ndarray, generator: np.random.Generator, *, everything: bool
) -> tuple[np.ndarray, np.ndarray]:
    """User (from 0) and item of each row; no pair twice. everything: these users together have all items."""
    has = np.zeros((len(lengths), ITEMS), bool)
    if everything:
        has[np.arange(ITEMS) % len(lengths), np.arange(ITEMS)] = True
    users = np.arange(len(lengths))
    for attempt in itertools.count():
        missing = np.maximum(lengths[users] - has[users].sum(axis=1), 0)
        if not missing.any():
            return np.nonzero(has)
        user = np.repeat(users, missing)
        drawn = generator.integers(0, len(popular) if attempt < POPULAR_DRAWS else ITEMS, len(user))
        has[user, popular[drawn] if attempt < POPULAR_DRAWS else drawn] = True
        users = users[missing > 0]


def measure(python: str, program: str, *arguments: object) -> dict[str, float]:
    """Seconds and peak memory of a process of its own."""
    command = [python, "-c", program + RESULT, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return dict.fromkeys(("read s", "all s", "CPU s", "peak MB"), float("nan"))
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=["ours", "recbole"])
    parser.add_argument("--recbole", default="/tmp/recbole/bin/python", help="the Python that has RecBole")
    parser.add_argument("--window", type=int, default=50, help="RecBole's MAX_ITEM_LIST_LENGTH")
    parser.add_argument("--folder", type=Path, help="where the generated files are kept, and found another time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, rows = options.folder or Path(temporary), []
        if not (folder / FILE).exists():
            generate(folder, options.rows)
        for number in range(options.rounds):
            if options.only != "recbole":
                cache = Path(temporary) / f"cache{number}"
                for start in ("ours, first start", "ours, second start"):
                    rows.append({"": start, **measure(sys.executable, OURS, folder, cache)})
                shutil.rmtree(cache)
            if options.only != "ours":
                rows.append({"": "RecBole", **measure(options.recbole, RECBOLE, folder, options.window)})
    frame = pd.DataFrame(rows)
    median = frame.groupby("", sort=False).median()
    print(frame.round(2).to_string(index=False), end="\n\n")
    print(median.join((median / median.iloc[0]).add_suffix(" ratio")).round(2).to_string())


if __name__ == "__main__":
    main()
