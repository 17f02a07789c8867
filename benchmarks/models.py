"""Models as a ratio: ours next to MLlib, scikit-learn and lifetimes, on the same rows, in one run.

    python benchmarks/models.py --rows 2000000

k-means (12 features, k=8, from planted groups that overlap), DBSCAN (4 features) and BG/NBD (planted
parameters). Spark's start is left out; our fits and MLlib's read the same Parquet files, scikit-learn has the
rows in memory as 32-bit numbers. Contenders take turns; the median of the rounds counts, and each answer is
compared: the cost of k-means, the clusters of DBSCAN, the parameters of BG/NBD. `lifetimes` takes part where
it is installed (pip install lifetimes==0.11.3).

Results go to OUT/models.json and models.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parent.parent)  # this folder has files named like the packages they measure

import numpy as np  # noqa: E402 - see above
import pandas as pd  # noqa: E402 - see above
import pyarrow as pa  # noqa: E402 - see above
import pyarrow.parquet as pq  # noqa: E402 - see above
from pyspark.sql import DataFrame, SparkSession  # noqa: E402 - see above
from pyspark.sql import functions as F  # noqa: E402 - see above

from benchmarks.run import machine  # noqa: E402 - see above
from customer_chunks.flow.session import build_session  # noqa: E402 - see above

K, WIDTH, EPS, MIN_POINTS = 8, 12, 0.15, 10
PLANTED = {"r": 0.243, "alpha": 4.414 * 7, "a": 0.793, "b": 2.426}
Work = Callable[[], Any]


def main() -> None:
    """Measure every model and keep the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000, help="of k-means and BG/NBD; half for DBSCAN")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", nargs="*", choices=("kmeans", "dbscan", "bgnbd"), default=["kmeans", "dbscan", "bgnbd"]
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench-models"))
    args = parser.parse_args()
    print(machine())
    args.out.mkdir(parents=True, exist_ok=True)
    spark = build_session("benchmark")
    found: list[dict[str, Any]] = []
    measures = {"kmeans": kmeans, "dbscan": dbscan, "bgnbd": bg_nbd}
    for name in args.only:
        found += measures[name](spark, args)
        _keep(args, found)


def kmeans(spark: SparkSession, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare k-means: seconds and cost of all rows."""
    from pyspark.ml.clustering import KMeans as OfMLlib  # noqa: PLC0415 - of this one alone
    from pyspark.ml.functions import array_to_vector  # noqa: PLC0415 - of this one alone
    from sklearn.cluster import KMeans as OfScikitLearn  # noqa: PLC0415 - of this one alone

    from customer_chunks.models.kmeans import KMeans  # noqa: PLC0415 - of this one alone

    random = np.random.default_rng(args.seed)
    centres = random.normal(size=(K, WIDTH)) * 2
    rows = (centres[random.integers(0, K, args.rows)] + random.normal(size=(args.rows, WIDTH))).astype(
        np.float32
    )
    frame = _frame(spark, args.out / "kmeans", rows)
    vectors = frame.select(array_to_vector("features").alias("features"))

    def by_mllib() -> float:
        kept = vectors.persist()
        cost = OfMLlib(k=K, maxIter=20, seed=args.seed).fit(kept).summary.trainingCost
        kept.unpersist()
        return float(cost)

    def by_scikit_learn() -> float:
        return float(OfScikitLearn(K, n_init=1, max_iter=20, random_state=args.seed).fit(rows).inertia_)

    return _compared(
        f"k-means, {args.rows:,} x {WIDTH}, k={K}, 20 rounds at most", "cost",
        {
            "customer_chunks": lambda: KMeans(k=K, seed=args.seed).fit(frame).cost,
            "MLlib": by_mllib,
            "scikit-learn": by_scikit_learn,
        },
        args.rounds,
    )  # fmt: skip


def dbscan(spark: SparkSession, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare DBSCAN: seconds, clusters and noise."""
    from sklearn import cluster  # noqa: PLC0415 - of this one alone

    from customer_chunks.models.dbscan import DBSCAN  # noqa: PLC0415 - of this one alone

    random = np.random.default_rng(args.seed)
    count = args.rows // 2
    centres = random.uniform(-10, 10, size=(50, 4))
    rows = (centres[random.integers(0, 50, count)] + random.normal(size=(count, 4)) * 0.5).astype(np.float32)
    frame = _frame(spark, args.out / "dbscan", rows)

    def ours() -> tuple[int, int]:
        found = DBSCAN(eps=EPS, minPts=MIN_POINTS, idCol="id").transform(frame)
        told = found.agg(F.max("cluster").alias("last"), F.count_if(F.col("cluster") < 0).alias("noise"))
        row = told.collect()[0]
        return row["last"] + 1, row["noise"]

    def by_scikit_learn() -> tuple[int, int]:
        labels = cluster.DBSCAN(eps=EPS, min_samples=MIN_POINTS).fit(rows).labels_
        return int(labels.max()) + 1, int((labels < 0).sum())

    title = f"DBSCAN, {count:,} x 4, eps {EPS}, {MIN_POINTS} points"
    contenders = {"customer_chunks": ours, "scikit-learn": by_scikit_learn}
    return _compared(title, "clusters, noise", contenders, 1)


def bg_nbd(spark: SparkSession, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare BG/NBD: seconds and parameters, of customers who buy as planted."""
    from customer_chunks.models.lifetime_value import LifetimeValue  # noqa: PLC0415 - of this one alone

    told = planted_customers(args.rows, args.seed)
    path = args.out / "bgnbd"
    _written(path, pa.table(told))
    frame = spark.read.parquet(str(path))

    def ours() -> list[float]:
        fitted = LifetimeValue().fit(frame).purchases
        return [fitted.r, fitted.alpha, fitted.a, fitted.b]

    contenders: dict[str, Work] = {"customer_chunks": ours}
    if find_spec("lifetimes"):
        contenders["lifetimes"] = lambda: _by_lifetimes(pd.DataFrame(told))
    return _compared(f"BG/NBD, {args.rows:,} customers", "r, alpha, a, b", contenders, 1)


def planted_customers(count: int, seed: int) -> dict[str, Any]:
    """Return histories of customers who buy for a year as BG/NBD says, with the parameters above."""
    random = np.random.default_rng(seed)
    rates = random.gamma(PLANTED["r"], 1 / PLANTED["alpha"], count)
    leaves = random.beta(PLANTED["a"], PLANTED["b"], count)
    age = random.integers(270, 366, count).astype(float)
    at, last, repeats = np.zeros(count), np.zeros(count), np.zeros(count)
    alive = np.ones(count, dtype=bool)
    while alive.any():
        at[alive] += random.exponential(1 / np.maximum(rates[alive], 1e-12))
        alive &= at < age
        repeats[alive] += 1
        last[alive] = at[alive]
        alive &= random.random(count) > leaves
    return {
        "repeats": repeats, "last_days": np.floor(last), "age_days": age,
        "spend": np.where(repeats > 0, random.gamma(5.0, 8.0, count), 0.0),
    }  # fmt: skip


def _by_lifetimes(told: pd.DataFrame) -> list[float]:
    from lifetimes import BetaGeoFitter  # noqa: PLC0415 - where it is installed

    fitter = BetaGeoFitter()
    fitter.fit(told["repeats"], told["last_days"], told["age_days"])
    return [float(fitter.params_[name]) for name in ("r", "alpha", "a", "b")]


def _frame(spark: SparkSession, path: Path, rows: Any) -> DataFrame:
    """Return the rows from Parquet files, as both Spark contenders read them."""
    flat = pa.array(rows.ravel())
    lists = pa.FixedSizeListArray.from_arrays(flat, rows.shape[1]).cast(pa.list_(pa.float32()))
    _written(path, pa.table({"id": pa.array(np.arange(len(rows))), "features": lists}))
    return spark.read.parquet(str(path))


def _written(path: Path, table: pa.Table, parts: int = 8) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    size = -(-table.num_rows // parts)
    for n in range(parts):
        pq.write_table(table.slice(n * size, size), path / f"part-{n}.parquet")


def _compared(title: str, answer: str, contenders: dict[str, Work], rounds: int) -> list[dict[str, Any]]:
    """Let the contenders take turns; the first round of each is told beside the median of all."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    answers: dict[str, Any] = {}
    for _ in range(rounds):
        for name, work in contenders.items():
            begun = time.monotonic()
            answers[name] = work()
            seconds[name].append(time.monotonic() - begun)
            print(
                f"{title}  {name:<16} {seconds[name][-1]:8.1f} s  {answer} {_short(answers[name])}",
                flush=True,
            )
    ours = statistics.median(seconds["customer_chunks"])
    return [
        {
            "what": title, "contender": name, "first": took[0], "seconds": statistics.median(took),
            "ratio": ours / statistics.median(took), answer: _short(answers[name]),
        }
        for name, took in seconds.items()
    ]  # fmt: skip


def _short(answer: Any) -> str:
    values = answer if isinstance(answer, (list, tuple)) else [answer]
    return ", ".join(f"{v:.6g}" for v in values)


def _keep(args: argparse.Namespace, found: list[dict[str, Any]]) -> None:
    told = {"machine": machine(), "rows": args.rows, "seed": args.seed, "found": found}
    (args.out / "models.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    head = "| what | contender | seconds, first | median | our time / its | answer |"
    lines = ["# Models", "", machine(), "", head, "|---|---|---|---|---|---|"]
    for row in found:
        answer = list(row.values())[-1]
        cells = (row["what"], row["contender"], f"{row['first']:.1f}", f"{row['seconds']:.1f}")
        lines.append("| " + " | ".join([*cells, f"{row['ratio']:.2f}", answer]) + " |")
    (args.out / "models.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
