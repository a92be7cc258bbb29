"""Are two configurations different? Paired two-sided tests over users, on the mean of the metric over seeds.

    python scripts/compare.py runs/ml-100k/user-dot-cross_entropy runs/ml-100k/mean-dot-cross_entropy
    python scripts/compare.py runs/csv/user-dot-bce,dropout=0.2 runs/csv/user-dot-bce,dropout=0.5

Each argument is a folder with the runs of one configuration (its seeds). Where it has several, `,key=value` chooses;
`key=-` those without the key.
Printed for HR@k and NDCG@k: both means, the difference with its 95 % interval (bootstrap over users), the p-values of
three tests, the users for whom each is better, and the smallest difference that these users can show
(recexp/statistics).
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from recexp.errors import RunError, printable, suggest
from recexp.runs.folder import RunFolder
from recexp.runs.record import RunRecord
from recexp.statistics.comparison import Comparison, compare
from recexp.statistics.user_values import metric_of, user_values


def _in_yaml(value: object) -> str:
    """As it is typed on the command line: true, not True; [a,b] without quotes."""
    if isinstance(value, list):
        return f"[{','.join(map(_in_yaml, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def runs_of(argument: str) -> list[RunFolder]:
    """The runs of one configuration. argument: `FOLDER,key=value,...`; a value may hold commas in brackets."""
    folder, *conditions = re.split(r",(?=[\w./]+=)", argument)
    runs = [RunFolder(file.parent) for file in sorted(Path(folder).glob("seed*/record.json"))]
    if not runs:
        raise SystemExit(f"{folder} has no finished runs; expected a folder with seed*/record.json")
    flat = pd.DataFrame([flattened(record_of(run)) for run in runs], index=runs).fillna("-")
    for condition in conditions:
        key, _, value = condition.partition("=")
        if key not in flat:
            raise SystemExit(f"{condition}: {folder} has no {key!r}. {suggest(key, flat)}")
        flat = flat[flat[key] == value]
    varying = flat.drop(columns="seed").nunique(dropna=False).loc[lambda values: values > 1].index
    if len(varying) or flat.empty:
        choices = "; ".join(f"{key}={' or '.join(sorted(set(flat[key])))}" for key in varying)
        raise SystemExit(
            f"{argument} has {len(flat)} runs, expected those of one configuration. Choose with ,key=value: {choices}"
        )
    return list(flat.index)


def record_of(run: RunFolder) -> RunRecord:
    record = run.finished()
    assert record is not None  # its file was there
    return record


def flattened(record: RunRecord) -> dict[str, str]:
    """`trainer.max_epochs` -> `100`, and the protocol; lists as one writes them: `[a,b]`."""
    found: dict[str, str] = {"protocol": record.protocol["fingerprint"]}

    def visit(node: dict[str, Any], prefix: str) -> None:
        for key, value in node.items():
            if isinstance(value, dict):
                visit(value, f"{prefix}{key}.")
            else:
                found[prefix + key] = (
                    f"[{','.join(map(_in_yaml, value))}]" if isinstance(value, list) else _in_yaml(value)
                )

    visit(record.config, "")
    return found


def protocol_of(runs: list[RunFolder]) -> str:
    """Of one configuration, and so of one protocol."""
    return record_of(runs[0]).protocol["fingerprint"]


def ranks_of(runs: list[RunFolder]) -> list[pd.DataFrame]:
    """Those of each seed. Raises RunError where they are not those of the run's record."""
    return [run.read_ranks(record_of(run)) for run in runs]


def in_words(it: Comparison) -> str:
    return (
        f"{it.first:.4f} against {it.second:.4f}  "
        f"difference {it.difference:+.4f}, 95 % of means {it.low:+.4f} to {it.high:+.4f}  "
        f"p = {it.p_randomisation:.2g} (randomisation), {it.p_t:.2g} (t), {it.p_wilcoxon:.2g} (Wilcoxon)  "
        f"better, equal, worse for {it.wins}, {it.ties}, {it.losses} of {it.users} users  "
        f"smallest difference shown with a power of 80 %: {it.smallest:.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=runs_of)
    parser.add_argument("second", type=runs_of)
    parser.add_argument("--k", type=int, default=10)
    options = parser.parse_args()
    protocols = [protocol_of(runs) for runs in (options.first, options.second)]
    if len(set(protocols)) > 1:
        raise SystemExit(printable(f"the runs have different protocols: {' and '.join(protocols)}"))
    ranks = [ranks_of(runs) for runs in (options.first, options.second)]
    for key in (f"hr@{options.k}", f"ndcg@{options.k}"):
        first, second = (user_values(of, *metric_of(key)) for of in ranks)
        print(f"{key}  {in_words(compare(first, second))}")


if __name__ == "__main__":
    try:
        main()
    except RunError as error:
        raise SystemExit(str(error)) from error
