"""Models as a ratio: ours next to MLlib, scikit-learn and lifetimes, on the same rows, in one run.

    python benchmarks/models.py --rows 2000000

k-means (12 features, k=8, from planted groups that overlap), DBSCAN (4 features) and BG/NBD (planted
parameters). Spark's start is left out; our fits and MLlib's read the same Parquet files, scikit-learn has the
rows in memory as 32-bit numbers. Contenders take turns; the median of the rounds counts. The answers of each
round are compared with ours: the cost of k-means (ours at most 0.5% above), the clusters and noise of DBSCAN
(equal), the parameters of BG/NBD (within 0.1%). `lifetimes` takes part where
it is installed (pip install lifetimes==0.11.3). Memory is that of this process and all that it started, Spark
among them whoever's turn it is.

When asked for (`--only minibatch scoring`): k-means next to scikit-learn's MiniBatchKMeans, both reading the
files, and how long scoring takes next to reading and writing the same rows. With `--alone` the others stay
away, where they would take too long or too much memory.

Results go to OUT/models.json and models.md. The exit code is 1 if an answer differs.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path[0] = str(Path(__file__).parent.parent)

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.run import machine
from benchmarks.watch import Peak
from customer_chunks.flow.session import build_session

OURS = "customer_chunks"
K, WIDTH, EPS, MIN_POINTS = 8, 12, 0.15, 10
PARTS = 8
PLANTED = {"r": 0.243, "alpha": 4.414 * 7, "a": 0.793, "b": 2.426}
_DEARER = 0.005
"""How much more than another's our k-means may cost."""
_APART = 1e-3
"""How far our parameters of BG/NBD may be from another's, as a share."""
Work = Callable[[], Any]
Alike = Callable[[Any, Any], bool]
"""Our answer and another's -> whether ours is as good."""


def main() -> int:
    """Measure every model and keep the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000, help="of k-means and BG/NBD; half for DBSCAN")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="without the others")
    parser.add_argument("--seed", type=int, default=1)
    measures = {
        "kmeans": kmeans, "dbscan": dbscan, "bgnbd": bg_nbd, "minibatch": mini_batch, "scoring": scoring
    }  # fmt: skip
    parser.add_argument("--only", nargs="*", choices=tuple(measures), default=["kmeans", "dbscan", "bgnbd"])
    parser.add_argument("--out", type=Path, default=Path("build/bench-models"))
    args = parser.parse_args()
    print(machine())
    args.out.mkdir(parents=True, exist_ok=True)
    spark = build_session("benchmark")
    found: list[dict[str, Any]] = []
    for name in args.only:
        found += measures[name](spark, args)
        _keep(args, found)
    different = [f"{row['what']}: {row['contender']}" for row in found if not row["is_alike"]]
    for told in different:
        print(f"Answers differ: {told}.", file=sys.stderr)
    return 1 if different else 0


def is_no_dearer(ours: float, other: float) -> bool:
    """Return whether our cost is at most half a percent above another's."""
    return ours <= other * (1 + _DEARER)


def is_near(ours: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether all our parameters are within a thousandth of another's."""
    return all(abs(mine - its) <= _APART * abs(its) for mine, its in zip(ours, other, strict=True))


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
            OURS: lambda: KMeans(k=K, seed=args.seed).fit(frame).cost,
            "MLlib": by_mllib,
            "scikit-learn": by_scikit_learn,
        },
        args, is_no_dearer,
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
    contenders = {OURS: ours, "scikit-learn": by_scikit_learn}
    return _compared(title, "clusters, noise", contenders, args, operator.eq, rounds=1)


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

    contenders: dict[str, Work] = {OURS: ours}
    if find_spec("lifetimes"):
        contenders["lifetimes"] = lambda: _by_lifetimes(pd.DataFrame(told))
    return _compared(f"BG/NBD, {args.rows:,} customers", "r, alpha, a, b", contenders, args, is_near)


def mini_batch(spark: SparkSession, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare k-means with batches of rows, for more of them than one likes to keep: both read the files."""
    from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415 - of this one alone

    from customer_chunks.models.kmeans import KMeans  # noqa: PLC0415 - of this one alone
    from customer_chunks.models.lloyd import assigned  # noqa: PLC0415 - of this one alone

    path, random = args.out / "minibatch", np.random.default_rng(args.seed)
    centres = random.normal(size=(K, WIDTH)) * 2

    def part(count: int) -> pa.Table:
        rows = centres[random.integers(0, K, count)] + random.normal(size=(count, WIDTH))
        return pa.table({"features": _lists(rows.astype(np.float32))})

    each = -(-args.rows // PARTS)
    _kept(path, (part(min(each, args.rows - begin)) for begin in range(0, args.rows, each)))
    frame = spark.read.parquet(str(path))

    def read(file: Path) -> Any:
        column = pq.read_table(file).column("features").combine_chunks()
        return column.flatten().to_numpy().reshape(-1, WIDTH)

    def cost(found: Any) -> float:
        near = np.asarray(found, dtype=np.float32)
        return sum(
            float(assigned(read(file), near).distances.sum(dtype=float)) for file in path.glob("*.parquet")
        )

    def in_batches() -> Callable[[], float]:
        rows = np.concatenate([read(file) for file in sorted(path.glob("*.parquet"))])
        found = MiniBatchKMeans(K, random_state=args.seed, n_init=3).fit(rows).cluster_centers_
        return lambda: cost(found)

    def ours() -> Callable[[], float]:
        found = KMeans(k=K, seed=args.seed).fit(frame).centres
        return lambda: cost(found)

    contenders = {OURS: ours, "MiniBatchKMeans": in_batches}
    title = f"k-means, {args.rows:,} x {WIDTH} from files, k={K}"
    return _compared(title, "cost", contenders, args, is_no_dearer)


def scoring(spark: SparkSession, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare what scoring takes with reading and writing the rows alone: k-means, values, churn."""
    from customer_chunks.models.kmeans import KMeans  # noqa: PLC0415 - of this one alone
    from customer_chunks.models.lifetime_value import LifetimeValue  # noqa: PLC0415 - of this one alone
    from customer_chunks.models.propensity import Propensity  # noqa: PLC0415 - of this one alone

    path, random = args.out / "scoring", np.random.default_rng(args.seed)
    features = random.normal(size=(args.rows, WIDTH)).astype(np.float32)
    told = planted_customers(args.rows, args.seed)
    label = (features[:, 0] + random.normal(size=args.rows) > 1).astype(np.int32)
    ids = pa.array(np.arange(args.rows)).cast(pa.string())
    _written(path, pa.table({"customer_id": ids, "features": _lists(features), "label": label, **told}))
    frame = spark.read.parquet(str(path))
    some = frame.limit(20_000).withColumn("cut_off", F.lit("2024-01-01").cast("date")).persist()
    names = [f"f{n}" for n in range(WIDTH)]
    churn = Propensity(keyCol="customer_id", seed=args.seed, featureNames=names, baselineFeature="f0")
    fitted = {
        "k-means": KMeans(k=K, seed=args.seed).fit(some),
        "lifetime values": LifetimeValue(discount=0.1).fit(frame),
        "churn": _without_reasons(churn.fit(some)),
    }
    found = []
    for name, model in fitted.items():

        def scored(model: Any = model) -> int:
            return _stored(model.transform(frame), args.out / "scored")

        contenders = {
            OURS: scored,
            "read and write": lambda: _stored(frame, args.out / "scored"),
        }
        title = f"scoring of {args.rows:,} customers: {name}"
        found += _compared(title, "rows", contenders, args, operator.eq)
    return found


def _without_reasons(model: Any) -> Any:
    """Return the model as a run scores all customers with it; reasons are for the likeliest alone."""
    return model.copy({model.reasons: 0})


def _stored(rows: DataFrame, path: Path) -> int:
    rows.write.mode("overwrite").parquet(str(path))
    return sum(pq.ParquetFile(file).metadata.num_rows for file in path.glob("*.parquet"))


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
    _written(path, pa.table({"id": pa.array(np.arange(len(rows))), "features": _lists(rows)}))
    return spark.read.parquet(str(path))


def _lists(rows: Any) -> pa.Array:
    flat = pa.array(rows.ravel())
    return pa.FixedSizeListArray.from_arrays(flat, rows.shape[1]).cast(pa.list_(pa.float32()))


def _written(path: Path, table: pa.Table) -> None:
    each = -(-table.num_rows // PARTS)
    _kept(path, (table.slice(begin, each) for begin in range(0, table.num_rows, each)))


def _kept(path: Path, parts: Iterable[pa.Table]) -> None:
    """Write each part into a file of its own, one after another; what lay there is gone."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    for n, part in enumerate(parts):
        pq.write_table(part, path / f"part-{n}.parquet")


def _compared(
    title: str, called: str, contenders: dict[str, Work], args: argparse.Namespace, is_as_good: Alike,
    rounds: int | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Let the contenders take turns; the first round of each is told beside the median of all.

    ``is_alike`` of a contender says whether our answer was as good as its own in every round.
    """
    taking_part = {OURS: contenders[OURS]} if args.alone else contenders
    took: dict[str, list[_Turn]] = {name: [] for name in taking_part}
    answers: dict[str, list[Any]] = {name: [] for name in taking_part}
    for _ in range(rounds or args.rounds):
        for name, work in taking_part.items():
            turn, answer = _turn(work)
            took[name].append(turn)
            answers[name].append(answer)
            peak = f"{turn.peak_bytes / 1e9:5.1f} GB"
            print(f"{title}  {name:<16} {turn.seconds:8.1f} s {peak}  {called} {_short(answer)}", flush=True)
    median = {name: statistics.median(turn.seconds for turn in turns) for name, turns in took.items()}
    return [
        {
            "what": title, "contender": name, "first": turns[0].seconds, "seconds": median[name],
            "ratio": median[OURS] / median[name], "peak_bytes": max(turn.peak_bytes for turn in turns),
            "is_alike": all(map(is_as_good, answers[OURS], answers[name])), called: _short(answers[name][-1]),
        }
        for name, turns in took.items()
    ]  # fmt: skip


class _Turn(NamedTuple):
    seconds: float
    peak_bytes: int


def _turn(work: Work) -> tuple[_Turn, Any]:
    """Return what the work took, and its answer; what is looked up for the answer takes no time of it."""
    peak, begun = Peak(os.getpid()), time.monotonic()
    answer = work()
    seconds = time.monotonic() - begun
    peak.end()
    return _Turn(seconds, peak.bytes), answer() if callable(answer) else answer


def _short(answer: Any) -> str:
    values = answer if isinstance(answer, (list, tuple)) else [answer]
    return ", ".join(f"{v:.6g}" for v in values)


def _keep(args: argparse.Namespace, found: list[dict[str, Any]]) -> None:
    told = {"machine": machine(), "rows": args.rows, "seed": args.seed, "found": found}
    (args.out / "models.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    head = "| what | contender | seconds, first | median | our time / its | peak memory | answer | as good |"
    lines = ["# Models", "", machine(), "", head, "|---|---|---|---|---|---|---|---|"]
    for row in found:
        answer = list(row.values())[-1]
        cells = (row["what"], row["contender"], f"{row['first']:.1f}", f"{row['seconds']:.1f}")
        peak = f"{row['peak_bytes'] / 1e9:.1f} GB"
        as_good = "yes" if row["is_alike"] else "NO"
        lines.append("| " + " | ".join([*cells, f"{row['ratio']:.2f}", peak, answer, as_good]) + " |")
    (args.out / "models.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
