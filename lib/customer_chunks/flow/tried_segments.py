"""Segments tried on the rows of any file, without a warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.config.model_settings import USUAL_METHODS
from customer_chunks.errors import ModelError, did_you_mean
from customer_chunks.flow.trial import Tried, kept, opened
from customer_chunks.models.bisecting import BisectingKMeans
from customer_chunks.models.dbscan import DBSCAN
from customer_chunks.models.gaussian_mixture import GaussianMixture
from customer_chunks.models.kmeans import MLLIB, KMeans
from customer_chunks.models.measures import MOST_CLUSTERS, quality
from customer_chunks.models.methods import METHODS as BY_SEARCH
from customer_chunks.models.neighbours import neighbour_distances
from customer_chunks.models.scaling import FAR, NONE, ROBUST, Scaled, fit_scale
from customer_chunks.models.search import ALL, Limits, search
from customer_chunks.models.some_rows import sample_of, some_of
from customer_chunks.models.ward import Ward
from customer_chunks.sources.one_column import is_missing, pattern_of
from customer_chunks.sources.one_file import OneFile

AUTO = "auto"
LOG = "log"
BY_MLLIB = "kmeans-mllib"
METHODS = (*BY_SEARCH, BY_MLLIB, "dbscan", AUTO)
_ID = "_position"
_SAMPLE = 20_000
_DRAWN = 5_000
_LEAST_SHARE = 0.01
_LISTED = 1_000
"""Clusters whose sizes are told."""
_MANY = 100
_MOST_OF = 0.8
"""A larger share of the rows in one cluster is worth a note."""
_LARGEST = 1e15
"""Features are of single precision: the squares of larger numbers, summed over rows, may be infinite. Scaled
ones are small."""


@dataclass(frozen=True)
class Wanted:
    """How rows are to be clustered.

    Attributes:
        method: One of METHODS; auto tries kmeans, bisecting and ward. kmeans-mllib is Spark's own k-means.
        clusters: Fewest and most clusters; where they differ, or with auto, a search chooses.
        seed: Of everything drawn.
        eps: Of dbscan; None reads it off the curve of distances.
        min_points: Of dbscan.
        scale: none, standard, robust as a run's features are, or log: the same of orders of magnitude.
        decimal: The decimal mark of numbers that are text; None finds it out.
    """

    method: str = "kmeans"
    clusters: tuple[int, int] = (8, 8)
    seed: int = 0
    eps: float | None = None
    min_points: int = 5
    scale: str = NONE
    decimal: str | None = None


@contextmanager
def segments_of(spark: SparkSession, path: Path, columns: Sequence[str], wanted: Wanted) -> Iterator[Tried]:
    """Cluster the rows of a file.

    Args:
        spark: The session.
        path: Any file of a table.
        columns: Columns of numbers.
        wanted: How.

    Yields:
        The file's rows in their order with ``cluster`` beside: null where a number is missing, -1 for noise.

    Raises:
        SourceError: the file cannot be read, or has no such column.
        ModelError: the method cannot be fitted to these rows.
    """
    if wanted.method not in METHODS:
        raise ModelError(f"There is no method '{wanted.method}'.", did_you_mean(wanted.method, METHODS))
    with opened(spark, path, columns) as file:
        if not columns or len({file.called(c) for c in columns}) < len(columns):
            raise ModelError(
                f"--columns names {'no column' if not columns else 'a column twice'}.",
                "Write --columns a,b,c.",
            )
        names = [f"_n{n}" for n in range(len(columns))]
        called = dict(zip(names, columns, strict=True))
        read = [file.number(column, decimal=wanted.decimal) for column in columns]
        rows = file.rows.withColumns(dict(zip(names, read, strict=True)))
        is_whole, largest = F.lit(True), _LARGEST if wanted.scale == NONE else _LARGEST**2
        for name in names:
            is_whole &= F.col(name).isNotNull() & (F.abs(name) <= F.lit(largest))
        unreadable = _unreadable(file, rows, called, largest)
        shaped = [_magnitude(name).alias(name) if wanted.scale == LOG else F.col(name) for name in names]
        with kept(rows.where(is_whole).select(_ID, *shaped)) as whole:
            if whole.isEmpty():
                raise ModelError(
                    " ".join(["No row has a number in each of the columns.", *unreadable]),
                    "Leave out the column that lacks most.",
                )
            scaled = fit_scale(whole, names, ROBUST if wanted.scale == LOG else wanted.scale, called)
            notes = [*file.notes, *unreadable, *_doubts(scaled, wanted.scale, called)]
            told = whole.select(_ID, scaled.features().alias("features"))
            with kept(told) as features:
                found = _clusters(features, wanted)
                with kept(found.labelled) as clusters:
                    yield _tried(file, clusters, found, notes, wanted.scale)


def _magnitude(name: str) -> Column:
    """Return the order of magnitude, as a run's features have it; of what is below zero with its sign."""
    return F.signum(name) * F.log1p(F.abs(name))


def _unreadable(file: OneFile, rows: DataFrame, called: Mapping[str, str], largest: float) -> list[str]:
    """Return how many values of each column are no numbers or too large, and how one that is none is built.

    Raises:
        ModelError: a column has no number at all.
    """
    asked = []
    for name, column in called.items():
        text = file.text(column)
        odd = F.col(name).isNull() & ~is_missing(text)
        asked += [
            F.count(name).alias(f"{name}_read"), F.count_if(odd).alias(f"{name}_odd"),
            F.min(F.when(odd, pattern_of(text))).alias(f"{name}_such"),
            F.count_if(F.abs(name) > F.lit(largest)).alias(f"{name}_huge"),
        ]  # fmt: skip
    told = rows.agg(*asked).collect()[0]
    said = []
    for name, column in called.items():
        such, count = f"such as '{told[f'{name}_such']}'", told[f"{name}_odd"]
        if not told[f"{name}_read"]:
            what = f" but values {such}" if count else ""
            raise ModelError(f"Column '{column}' has no number{what}.", "Leave it out, or name another one.")
        if count:
            are = "value is no number" if count == 1 else "values are no numbers"
            said.append(f"Column '{column}': {count:,} {are}, {such}.")
        if huge := told[f"{name}_huge"]:
            are = "value is" if huge == 1 else "values are"
            said.append(f"Column '{column}': {huge:,} {are} beyond {largest:.0e}, too large for distances.")
    return said


@dataclass
class _Found:
    labelled: DataFrame
    told: dict[str, Any]
    notes: list[str]
    drawn: dict[str, Any]


def _tried(file: OneFile, clusters: DataFrame, found: _Found, notes: list[str], scale: str) -> Tried:
    measured = asdict(quality(clusters, "features", "cluster", id_col=_ID))
    left_out = file.rows.count() - measured["rows"] - measured["noise"]
    sizes = clusters.groupBy("cluster").count().orderBy("cluster").limit(_LISTED + 1).collect()
    unlisted = measured["clusters"] + (measured["noise"] > 0) - min(len(sizes), _LISTED)
    beside = [c for c in clusters.columns if c not in {_ID, "features"}]
    added = [F.col(c).alias(_free(c, file.columns)) for c in beside]
    rows = file.rows.join(clusters.select(_ID, *added), on=_ID, how="left").orderBy(_ID)  # one a row
    listed = {row["cluster"]: row["count"] for row in sizes[:_LISTED]}
    told = {"measures": measured, "sizes": listed, **found.told}
    sample = _drawn(clusters, measured["rows"] + measured["noise"])
    lack = (
        "row lacks one of the numbers and has" if left_out == 1 else "rows lack one of the numbers and have"
    )
    lacking = [f"{left_out:,} {lack} no cluster."] if left_out else []
    many = _of_many(measured["clusters"], unlisted, found.told) + _of_sizes(measured, listed, scale)
    return Tried(rows.drop(_ID), told, [*found.notes, *many, *lacking, *notes], {**found.drawn, **sample})


def _of_sizes(measured: Mapping[str, Any], sizes: Mapping[int, int], scale: str) -> list[str]:
    """Return what is to be said where hardly anything is parted."""
    rows, noise, said = measured["rows"], measured["noise"], []
    if noise > rows:
        share = noise / (rows + noise)
        said.append(f"{share:.1%} are noise; measures see the other {rows:,} rows alone. Try a larger --eps.")
    if measured["clusters"] < 2:  # noqa: PLR2004 - one is no parting
        said.append("With fewer than two clusters there is nothing to measure. Try another --eps or --k.")
    largest = max((n for cluster, n in sizes.items() if cluster is not None and cluster >= 0), default=0)
    if measured["clusters"] > 1 and largest > _MOST_OF * rows:
        said.append(
            f"One cluster holds {largest / rows:.1%} of the clustered rows, which tells little: a run "
            f"takes no segment of more than {Limits().largest:.0%}."
            f"{'' if scale == LOG else ' Try another --scale, as log.'}"
        )
    return said


def _of_many(clusters: int, unlisted: int, told: Mapping[str, Any]) -> list[str]:
    """Return what is to be said where there are more clusters than anybody looks at."""
    said = []
    if unlisted > 0:
        said.append(f"`sizes` tells the first {_LISTED:,} clusters; {unlisted:,} more are in the file alone.")
    if clusters > MOST_CLUSTERS:
        said.append(f"There are {clusters:,} clusters: of more than {MOST_CLUSTERS:,} nothing is measured.")
    if clusters > _MANY and told["method"] == "dbscan":
        said.append(
            f"{clusters:,} clusters are many: eps {told['eps']:.6g} may join equal rows alone. Try a larger "
            "--eps, --eps auto, or --scale robust."
        )
    return said


def _clusters(features: DataFrame, wanted: Wanted) -> _Found:
    if wanted.method == "dbscan":
        return _by_density(features, wanted)
    method, (k, most), notes, drawn = wanted.method, wanted.clusters, [], {}
    if k != most or method == AUTO:
        sample = sample_of(features, "features", _SAMPLE, features.count(), wanted.seed)
        found = search(
            sample, methods=_searched(method), clusters=range(k, most + 1),
            sets={ALL: range(sample.shape[1])}, limits=Limits(smallest=_LEAST_SHARE, largest=1.0),
            seed=wanted.seed,
        )  # fmt: skip
        k, notes = found.chosen.k, list(found.why)
        method = BY_MLLIB if method == BY_MLLIB else found.chosen.method
        drawn = {"search": found}
    model = _fitted(method, k, wanted.seed, features)
    told = {
        "method": method,
        "k": k,
        "seed": wanted.seed,
        "cost": model.cost,
        "centres": model.centres.tolist(),
    }
    if "search" in drawn:
        told["candidates"] = [asdict(c) for c in drawn["search"].candidates]
    return _Found(model.transform(features), told, notes, {**drawn, "model": model})


def _fitted(method: str, k: int, seed: int, features: DataFrame) -> Any:
    if method == BY_MLLIB:
        return KMeans(k=k, seed=seed, engine=MLLIB).fit(features)
    kinds = {"kmeans": KMeans, "bisecting": BisectingKMeans, "ward": Ward, "mixture": GaussianMixture}
    return kinds[method](k=k, seed=seed, idCol=_ID).fit(features)


def _searched(method: str) -> Sequence[str]:
    """Return the methods that are tried on a sample, where arithmetic of MLlib's k-means is that of any."""
    return USUAL_METHODS if method == AUTO else ["kmeans" if method == BY_MLLIB else method]


def _by_density(features: DataFrame, wanted: Wanted) -> _Found:
    eps, notes = wanted.eps, []
    drawn: dict[str, Any] = {}
    if eps is None:
        curve = neighbour_distances(features, "features", min_points=wanted.min_points, seed=wanted.seed)
        eps = curve.eps
        notes.append(
            f"eps {eps:.6g} is the knee of the curve of distances to the {wanted.min_points}th neighbour."
        )
        drawn["curve"] = curve
        drawn["unit"] = "units of the columns" if wanted.scale == NONE else "scaled units"
    dbscan = DBSCAN(eps=eps, minPts=wanted.min_points, idCol=_ID)
    told = {"method": "dbscan", "eps": eps, "min_points": wanted.min_points}
    return _Found(dbscan.transform(features), told, notes, drawn)


def _drawn(clusters: DataFrame, count: int) -> dict[str, Any]:
    """Return features and clusters of some thousand rows, for pictures."""
    some = some_of(clusters, _DRAWN, count)
    told = some.select("features", "cluster").orderBy(_ID).limit(2 * _DRAWN).toPandas()
    if told.empty:
        return {}
    labels = told["cluster"].to_numpy(dtype=np.int64)
    return {"points": np.vstack(list(told["features"])), "labels": labels, "rows": count}


def _free(name: str, taken: Sequence[str]) -> str:
    """Return the name, with a number behind where the file has such a column."""
    folded = {column.casefold() for column in taken}
    return next(
        n for n in (name, *(f"{name}_{k}" for k in range(2, len(taken) + 3))) if n.casefold() not in folded
    )


def _doubts(scaled: Scaled, scale: str, called: Mapping[str, str]) -> list[str]:
    """Return what somebody who believes the clusters should know of the columns."""
    said = []
    if scaled.is_uneven and scale == NONE:
        said.append(
            "The columns' spreads differ tenfold or more: --scale standard or robust weighs them alike."
        )
    said += [f"Column '{called[name]}' has one value only: it parts nobody." for name in scaled.constant]
    bound = "" if scale in {ROBUST, LOG} else ", or hold them at a bound: --scale robust"
    usual = "" if scale == LOG else "; where such values are usual, as in spending: --scale log"
    for name, count in scaled.far.items():
        values, lie = ("value", "lies") if count == 1 else ("values", "lie")
        said.append(
            f"{count:,} {values} of '{called[name]}' {lie} out of all proportion, more than {FAR:.0f} times "
            "as far from the median as the middle half is wide, and may make clusters of their own. Leave "
            f"out slips of the pen{bound}{usual}."
        )
    return said
