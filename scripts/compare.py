"""Are two configurations different? A paired two-sided test over users, on the mean of the metric over seeds.

    python scripts/compare.py runs/ml-100k/user-dot-cross_entropy runs/ml-100k/mean-dot-cross_entropy

Each argument is a folder with the runs of one configuration (its seeds); wildcards name several configurations, which
is refused. Printed: both means over users, the difference with its 95 % interval (bootstrap over users) and the p-value
of Wilcoxon's signed-rank test (scipy), for HR@k and NDCG@k.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import bootstrap, wilcoxon

from recexp.metric.base import Metric
from recexp.metric.hr import HitRate
from recexp.metric.ndcg import NDCG


def per_user(folder: Path, metric: Metric, k: int) -> tuple[pd.Series, set[str]]:
    """The metric of each user, averaged over the runs in `folder`, and the protocols those have."""
    runs = sorted(file.parent for file in folder.glob("seed*/record.json"))
    if not runs:
        raise SystemExit(f"{folder} has no finished runs; expected a folder with seed*/record.json")
    records = [json.loads((run / "record.json").read_text()) for run in runs]
    configurations = {json.dumps(record["config"] | {"seed": None}, sort_keys=True) for record in records}
    if len(configurations) > 1:
        raise SystemExit(f"{folder} has runs of {len(configurations)} configurations; expected seeds of one")
    ranks = pd.concat([pd.read_parquet(run / "ranks.parquet") for run in runs])
    value = metric.per_user(ranks["higher"].to_numpy(), ranks["equal"].to_numpy(), k)
    protocols = {record["protocol"]["fingerprint"] for record in records}
    return pd.Series(value, index=ranks["user"]).groupby(level=0).mean(), protocols


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--k", type=int, default=10)
    options = parser.parse_args()
    for metric in (HitRate(), NDCG()):
        (first, protocols), (second, others) = (
            per_user(folder, metric, options.k) for folder in (options.first, options.second)
        )
        if protocols != others or len(protocols) > 1:
            raise SystemExit(f"the runs have different protocols: {sorted(protocols | others)}")
        difference = (first - second.reindex(first.index)).to_numpy()
        interval = bootstrap((difference,), np.mean, method="percentile", rng=0).confidence_interval
        p = wilcoxon(difference).pvalue if difference.any() else 1.0
        print(
            f"{metric.name}@{options.k}  {first.mean():.4f} against {second.mean():.4f}  "
            f"difference {difference.mean():+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]  p = {p:.2g}  "
            f"({len(difference)} users)"
        )


if __name__ == "__main__":
    main()
