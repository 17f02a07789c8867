"""Exact DBSCAN over any number of rows: scikit-learn's clusters and noise, found box by box.

Space is cut into boxes. Each box is clustered by itself, with what lies around it, so that every point knows
all its neighbours; components of two boxes that share a core point are then one cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.ml import Transformer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse
from scipy.sparse import csgraph

from customer_chunks.errors import ModelError
from customer_chunks.models.boxes import Boxes, cut
from customer_chunks.models.density import NOISE, local_clusters
from customer_chunks.models.params import number, param, text, whole
from customer_chunks.models.points import lacks_number, numbers_of
from customer_chunks.models.rows import Doubles, matrix
from customer_chunks.models.saved import Saved

_SAMPLE = 20_000
_FEWEST = 20_000
"""A box of fewer rows is not worth a task."""
_MOST_COMPONENTS = 1_000_000
"""Groups of neighbours, before those of neighbouring boxes are put together: one row each in the driver."""
_PLACED = "_box int, _id string, _inner boolean, _shared boolean, _point array<double>"
_FOUND = "_box int, _id string, _inner boolean, _shared boolean, _core boolean, _component long"


class DBSCAN(Transformer, Saved):
    """Adds each row's cluster, from 0 and the largest first, or -1 for noise; and whether it is core.

    A row that is no core and has core neighbours in two clusters goes to the nearest one's. The result does
    not depend on the order of rows or their partitions.
    """

    eps = param("eps", "greatest distance of neighbours", number, above=0)
    minPts = param("minPts", "neighbours of a core row, itself too", whole, at_least=1)
    idCol = param("idCol", "different in every row", text)
    featuresCol = param("featuresCol", "array or vector of features", text)
    predictionCol = param("predictionCol", "the cluster", text)
    coreCol = param("coreCol", "whether a row is core", text)
    rowsPerBox = param("rowsPerBox", "about so many rows a task", whole, at_least=10)

    def __init__(
        self,
        *,
        eps: float,
        minPts: int,
        idCol: str,
        featuresCol: str = "features",
        predictionCol: str = "cluster",
        coreCol: str = "is_core",
        rowsPerBox: int = 250_000,
    ) -> None:
        super().__init__()
        self._set(
            eps=float(eps), minPts=minPts, idCol=idCol, featuresCol=featuresCol, predictionCol=predictionCol,
            coreCol=coreCol, rowsPerBox=rowsPerBox,
        )  # fmt: skip

    def _transform(self, dataset: DataFrame) -> DataFrame:
        """Compute the clusters of these rows.

        Raises:
            ModelError: the id or the features are missing, or not what they must be.
        """
        key = self.getOrDefault(self.idCol)
        if key not in dataset.columns:
            raise ModelError(f"There is no column '{key}'.", f"Columns: {', '.join(dataset.columns)}.")
        rows = dataset.select(
            F.col(f"`{key}`").cast("string").alias("_id"),
            numbers_of(dataset, self.getOrDefault(self.featuresCol)).alias("_point"),
        )
        clusters = self._clusters(rows)
        names = {"_cluster": self.getOrDefault(self.predictionCol), "_core": self.getOrDefault(self.coreCol)}
        named = clusters.select("_id", *[F.col(c).alias(name) for c, name in names.items()])
        keyed = dataset.withColumn("_id", F.col(f"`{key}`").cast("string"))
        return keyed.join(named, on="_id", how="left").drop("_id")

    def _clusters(self, rows: DataFrame) -> DataFrame:
        """Return ``_id``, ``_cluster`` and ``_core``; one row per row."""
        eps, at_least = self.getOrDefault(self.eps), self.getOrDefault(self.minPts)
        boxes = self._boxes(rows, eps)
        placed = rows.mapInArrow(_placing(boxes, 2 * eps), _PLACED)
        found = (
            placed.repartition(2 * len(boxes), "_box")
            .groupBy("_box")
            .applyInArrow(_clustering(boxes, eps, at_least), _FOUND)
            .persist()
        )
        try:
            whole = self._whole(found)
        except ModelError:
            found.unpersist()
            raise
        inner = found.where("_inner").select("_id", "_box", "_component", "_core")
        told = inner.join(F.broadcast(whole), on=["_box", "_component"], how="left")
        return told.select("_id", F.coalesce("_cluster", F.lit(NOISE)).alias("_cluster"), "_core")

    def _boxes(self, rows: DataFrame, eps: float) -> Boxes:
        counted = rows.agg(F.count("*"), F.count_if(lacks_number("_point"))).first()
        count, spoilt = counted if counted is not None else (0, 0)
        if not count or spoilt:
            raise ModelError(
                f"{spoilt:,} of {count:,} rows lack a number of '{self.getOrDefault(self.featuresCol)}'.",
                "Fill in or leave out such rows first." if count else "Give DBSCAN at least one row.",
            )
        share = F.lit(int(min(1.0, _SAMPLE / count) * 2**20))
        some = rows.where(F.pmod(F.xxhash64("_id"), F.lit(2**20)) < share).select("_point").toPandas()
        if some.empty:
            some = rows.select("_point").limit(1).toPandas()
        sample = np.vstack(list(some["_point"]))
        slots = int(str(rows.sparkSession.conf.get("spark.sql.shuffle.partitions", "200")))
        fewest = max(1, -(-count // self.getOrDefault(self.rowsPerBox)))
        most = max(fewest, min(4 * slots, count // _FEWEST))
        tried = [
            cut(sample, n)
            for n in sorted({fewest, *(fewest * 2**n for n in range(8) if fewest * 2**n <= most)})
        ]
        return min(tried, key=lambda boxes: _longest(boxes, sample, 2 * eps, slots))

    def _whole(self, found: DataFrame) -> DataFrame:
        """Return which cluster each component of each box is part of; one row per component.

        Raises:
            ModelError: there are too many.
        """
        spark = found.sparkSession
        sizes = (
            found.where("_component >= 0")
            .groupBy("_box", "_component")
            .agg(
                F.count_if("_inner").alias("_rows"),
                F.min(F.when(F.col("_core"), F.col("_id"))).alias("_first"),
            )
            .limit(_MOST_COMPONENTS + 1)
            .toPandas()
        )
        if len(sizes) > _MOST_COMPONENTS:
            raise ModelError(
                f"More than {_MOST_COMPONENTS:,} clusters with eps {self.getOrDefault(self.eps):g} and "
                f"{self.getOrDefault(self.minPts)} points.",
                "Take a greater eps, or more points.",
            )
        shared = found.where("_shared and _core").select("_id", "_box", "_component", "_inner")
        there = shared.where("not _inner").select("_id", F.struct("_box", "_component").alias("_there"))
        pairs = (
            shared.where("_inner")
            .select("_id", F.struct("_box", "_component").alias("_here"))
            .join(there, on="_id", how="inner")
            .select("_here._box", "_here._component", F.col("_there._box").alias("_box_2"),
                    F.col("_there._component").alias("_component_2"))
            .distinct()
            .toPandas()
        )  # fmt: skip
        place = {key: n for n, key in enumerate(zip(sizes["_box"], sizes["_component"], strict=True))}
        left = [place[key] for key in zip(pairs["_box"], pairs["_component"], strict=True)]
        right = [place[key] for key in zip(pairs["_box_2"], pairs["_component_2"], strict=True)]
        graph = sparse.coo_matrix((np.ones(len(left)), (left, right)), shape=(len(place), len(place)))
        sizes["_whole"] = csgraph.connected_components(graph, directed=False)[1] if place else []
        ranked = sizes.groupby("_whole").agg(_rows=("_rows", "sum"), _first=("_first", "min"))
        ranked = ranked.sort_values(["_rows", "_first"], ascending=[False, True])
        number_of = {whole: n for n, whole in enumerate(ranked.index)}
        told = [
            (int(box), int(component), number_of[whole])
            for box, component, whole in zip(sizes["_box"], sizes["_component"], sizes["_whole"], strict=True)
        ]
        return spark.createDataFrame(told, "_box int, _component long, _cluster int")


def _longest(boxes: Boxes, sample: Doubles, reach: float, slots: int) -> float:
    """Return how long so many tasks at once are busy, in rows: small boxes have large surroundings."""
    rows = [int(boxes.near(sample, box, reach).sum()) for box in range(len(boxes))]
    return max(sum(rows) / slots, *rows)


def _placing(boxes: Boxes, reach: float) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Give every box its rows and those around it."""

    def place(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            points = matrix(batch.column("_point")) if batch.num_rows else None
            if points is None:
                if batch.num_rows:
                    raise ValueError("rows differ in their count of numbers")
                continue
            home = boxes.home(points)
            near = np.stack([boxes.near(points, box, reach) for box in range(len(boxes))])
            is_shared = near.sum(axis=0) > 1
            for box in np.flatnonzero(near.any(axis=1)):
                rows = np.flatnonzero(near[box])
                taken = batch.take(pa.array(rows))
                yield pa.record_batch(
                    [
                        pa.array(np.full(len(rows), box, dtype=np.int32)),
                        taken.column("_id"),
                        pa.array(home[rows] == box),
                        pa.array(is_shared[rows]),
                        taken.column("_point"),
                    ],
                    names=["_box", "_id", "_inner", "_shared", "_point"],
                )

    return place


def _clustering(boxes: Boxes, eps: float, at_least: int) -> Callable[[pa.Table], pa.Table]:
    """Cluster the rows of a box with those around it; of the latter only core ones are told."""

    def cluster(rows: pa.Table) -> pa.Table:
        points = matrix(rows.column("_point"))
        if points is None:
            raise ValueError("rows differ in their count of numbers")
        box = rows.column("_box")[0].as_py()
        found = local_clusters(points, boxes.near(points, box, eps), eps, at_least)
        told = rows.drop_columns(["_point"])
        told = told.append_column("_core", pa.array(found.is_core))
        told = told.append_column("_component", pa.array(found.component))
        inner = rows.column("_inner").to_numpy(zero_copy_only=False)
        return told.filter(pa.array(inner | found.is_core))

    return cluster
