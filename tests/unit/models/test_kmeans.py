"""K-means over frames: planted groups, any partitioning, saved and loaded, and rows that cannot be fitted."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models.drawn import sample
from customer_chunks.models.kmeans import KMeans, KMeansModel
from customer_chunks.models.points import packed
from customer_chunks.models.rows import drawn_by, keys_of
from customer_chunks.models.some_rows import sample_of
from tests.plans import plan
from tests.unit.models.planted import InMemory, a_frame, agreement, groups

ROWS, TRUTH = groups((900, 500, 300, 60), 3, apart=30.0)


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return a_frame(spark, ROWS).repartition(3, "id").persist()


@pytest.fixture(scope="module")
def model(frame: DataFrame) -> KMeansModel:
    return KMeans(k=4, seed=1).fit(frame)


def clusters(model: KMeansModel, frame: DataFrame) -> np.ndarray:  # type: ignore[type-arg]
    return model.transform(frame).orderBy("id").select("cluster").toPandas()["cluster"].to_numpy()  # type: ignore[no-any-return]


def test_planted_groups_are_found_the_largest_first(frame: DataFrame, model: KMeansModel) -> None:
    assert model.sizes == [900, 500, 300, 60]
    assert agreement(clusters(model, frame).astype(int), TRUTH) == 1
    centres = np.stack([ROWS[n == TRUTH].mean(axis=0) for n in range(4)])
    assert np.allclose(model.centres, centres, atol=1e-4)
    cost = ((ROWS - centres[TRUTH]) ** 2).sum()
    assert model.cost == pytest.approx(cost, rel=1e-5)


@pytest.mark.parametrize("init", ["k-means||", "k-means++"])
def test_partitions_and_order_do_not_matter(frame: DataFrame, init: str) -> None:
    kmeans = KMeans(k=5, seed=3, init=init, sampleSize=1000)
    one = kmeans.fit(frame)
    other = kmeans.fit(frame.orderBy(F.desc("features")).repartition(5))
    assert one.centres.tolist() == other.centres.tolist()
    assert one.cost == pytest.approx(other.cost, rel=1e-9)


def test_a_small_group_far_from_all_is_found_although_the_sample_has_none_of_it(spark: SparkSession) -> None:
    random = np.random.default_rng(2)
    rows = np.concatenate([random.normal(size=(30_000, 2)), random.normal(size=(5, 2)) + 5000])
    drawn = drawn_by(keys_of(rows.astype(np.float32)), 1)
    assert (drawn[-5:] > 1000 / len(rows)).all(), "not in the sample"
    frame = a_frame(spark, rows)
    by_all = KMeans(k=2, seed=1, sampleSize=1000, maxIter=1).fit(frame)
    by_sample = KMeans(k=2, seed=1, sampleSize=1000, maxIter=1, init="k-means++").fit(frame)
    assert by_all.sizes == [30_000, 5]
    assert by_all.cost < by_sample.cost / 1000, "it would take many rounds to find them"


def test_earlier_centres_are_gone_on_from_unless_a_new_start_is_clearly_better() -> None:
    square = np.random.default_rng(3).uniform(-1, 1, size=(4000, 2))
    square = np.concatenate([square, square[:, ::-1]])  # as well parted by x as by y
    by_x, by_y = np.array([[-0.5, 0.0], [0.5, 0.0]]), np.array([[0.0, -0.5], [0.0, 0.5]])
    for before in (by_x, by_y):
        model = KMeans(k=2, seed=1).fit_points(InMemory(square), before)
        in_order = model.centres[np.argsort(model.centres.sum(axis=1))]
        assert np.abs(in_order - before).max() < 0.1
    points, bad = InMemory(ROWS), ROWS[:4] + 500
    assert KMeans(k=4, seed=1).fit_points(points, bad).sizes == [900, 500, 300, 60]


def test_floats_cross_into_python_as_they_are(spark: SparkSession) -> None:
    rows = a_frame(spark, ROWS)
    as_floats = rows.withColumn("features", F.col("features").cast("array<float>"))
    with packed(as_floats, "features") as points:
        assert "array<double>" not in plan(points.blocks)
        assert points.count == len(ROWS)
    assert KMeans(k=4, seed=1).fit(as_floats).sizes == [900, 500, 300, 60]


def test_sample_drawn_while_packing_is_the_one_that_a_pass_draws(spark: SparkSession) -> None:
    many = np.random.default_rng(4).normal(size=(60_000, 2))
    rows = a_frame(spark, many)
    with packed(rows, "features", seed=1) as drawing, packed(rows, "features") as plain:
        for size in (60_000 // 16, 3000, 100):
            drawn, passed = sample(drawing, size, 1), sample(plain, size, 1)
            assert drawn.tolist() == passed.tolist()
            assert len(drawn) == pytest.approx(size, rel=0.4)
        assert sample(drawing, 100, 2).tolist() == sample(plain, 100, 2).tolist(), "of another seed"
        assert sample(drawing, 30_000, 1).tolist() == sample(plain, 30_000, 1).tolist(), "more than are drawn"


def test_rows_are_passed_over_once_where_the_sample_tells_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, of = groups((9000, 5000, 3000), 3, apart=30.0)
    asked: dict[str, Any] = {"seed": 1, "sampleSize": 2000, "tol": 0.01}
    passes: list[str] = []
    for name in ("merged", "chosen", "totals_and_chosen"):
        monkeypatch.setattr(InMemory, name, _noting(getattr(InMemory, name), name, passes))
    assert KMeans(k=3, **asked).fit_points(InMemory(rows)).sizes == [9000, 5000, 3000]
    begun = ["merged", "chosen", "totals_and_chosen"]
    assert passes == begun, "what is frequent, the sample, and the first round with what is far"
    moved = rows + 5000
    unseen = np.flatnonzero((of == 0) & (drawn_by(keys_of(moved.astype(np.float32)), 1) > 0.5))[:3]
    rows[unseen] = moved[unseen]
    passes.clear()
    assert KMeans(k=4, **asked).fit_points(InMemory(rows)).sizes == [8997, 5000, 3000, 3]
    assert passes == [*begun, "merged"], "other centres are counted anew"


KINDS = InMemory(np.repeat([[0.0, 1.0], [5.0, 2.0], [9.0, 9.0]], [100_000, 60_000, 40_000], axis=0))


@pytest.mark.parametrize("seed", range(6))
def test_many_rows_of_few_kinds_are_parted_by_kind(seed: int) -> None:
    assert KMeans(k=3, seed=seed).fit_points(KINDS).sizes == [100_000, 60_000, 40_000]
    for before in (None, np.arange(10.0).reshape(5, 2)):
        with pytest.raises(ModelError, match="k=5, but there are only 3 different rows among 200,000"):
            KMeans(k=5, seed=seed).fit_points(KINDS, before)
    with pytest.raises(ModelError, match="there are only 1 different rows among 200,000"):
        KMeans(k=2, seed=seed).fit_points(InMemory(np.ones((200_000, 2))))


def with_a_heavy_row(count: int, share: float, seed: int = 0) -> npt.NDArray[np.float64]:
    """Return rows around two places, and one row so many times."""
    random = np.random.default_rng(seed)
    heavy = int(count * share)
    rest = np.where(np.arange(count - heavy)[:, None] % 3 == 0, 6.0, -5.0)
    rows = rest + random.normal(size=(count - heavy, 4))
    return random.permutation(np.concatenate([rows, np.zeros((heavy, 4))]))


@pytest.mark.parametrize("share", [0.35, 0.01])
def test_many_equal_rows_are_a_cluster_whether_or_not_a_draw_takes_them(share: float) -> None:
    rows = with_a_heavy_row(120_000, share)
    heavy = int(120_000 * share)
    for seed in range(4):
        points = InMemory(rows)
        some = sample(points, 10_000, seed)
        assert (some == 0).all(axis=1).sum() == round(heavy / 12)
        model = KMeans(k=3, seed=seed, sampleSize=10_000).fit_points(points)
        assert heavy in model.sizes
        again = KMeans(k=3, seed=seed, sampleSize=10_000).fit_points(points, model.centres)
        assert again.sizes == model.sizes, "the true centres are gone on from"


@pytest.mark.slow
def test_equal_rows_are_drawn_while_packing_as_by_a_pass_however_they_lie(spark: SparkSession) -> None:
    rows = with_a_heavy_row(60_000, 0.4).astype(np.float32)
    rows[1000:1100] = 3  # one in a hundred of a block, in few blocks: rare among all
    told = pa.table({"id": np.arange(len(rows)), "features": list(rows)})
    frame = spark.createDataFrame(told)
    packings = [frame.repartition(13), frame.orderBy("features").repartitionByRange(3, "features")]
    found = []
    for packing in packings:
        for seed in (1, None):
            with packed(packing, "features", seed=seed) as points:
                found.append(sample(points, 3000, 1).tolist())
    assert all(one == found[0] for one in found)
    assert len(found[0]) == pytest.approx(3000, rel=0.15)


def test_rows_with_ids_are_drawn_each_by_itself(spark: SparkSession) -> None:
    rows = np.repeat(np.random.default_rng(2).normal(size=(60, 2)), 1000, axis=0)
    frame = a_frame(spark, rows)
    with packed(frame, "features", seed=1, id_col="id") as drawing:
        of = np.unique(sample(drawing, 3000, 1), axis=0, return_counts=True)[1]
        assert len(of) == 60
        assert of.min() > 20
        assert of.max() < 90
    others = frame.repartition(5)
    one, other = (KMeans(k=5, seed=1, idCol="id", sampleSize=1000).fit(f) for f in (frame, others))
    assert one.centres.tolist() == other.centres.tolist()
    with pytest.raises(ModelError, match="There is no column 'customer'"):
        KMeans(k=5, seed=1, idCol="customer").fit(frame)


def test_earlier_centre_that_nobody_is_near_is_left() -> None:
    rows, _ = groups((3000,) * 9, 12, apart=8.0)
    centres = KMeans(k=9, seed=1).fit_points(InMemory(rows)).centres
    before = np.concatenate([centres, np.full((1, 12), 200.0)])
    assert min(KMeans(k=10, seed=1).fit_points(InMemory(rows), before).sizes) > 0


def test_earlier_centres_stay_where_the_sample_has_none_of_a_small_cluster() -> None:
    square = np.random.default_rng(5).uniform(-1, 1, size=(50_000, 2))
    square = np.concatenate([square, square[:, ::-1]])  # as well parted by x as by y
    rows = np.concatenate([square, np.random.default_rng(6).normal(size=(3, 2)) + 70])
    points = InMemory(rows, ids=np.arange(len(rows)))
    lacking = [seed for seed in range(9) if not (sample(points, 10_000, seed) > 5).any()]
    assert len(lacking) > 3
    for by, seed in itertools.product((0, 1), lacking):
        before = np.zeros((3, 2))
        before[:2, by], before[2] = (-0.5, 0.5), 70.0
        again = KMeans(k=3, seed=seed, sampleSize=10_000).fit_points(points, before)
        assert again.sizes[2] == 3
        assert np.abs(again.centres[:2, by]).min() > 0.4


def test_rare_kinds_are_drawn_in_proportion() -> None:
    random = np.random.default_rng(3)
    kinds = random.normal(size=(50 + 15_000, 2))
    rows = kinds[np.where(random.random(400_000) < 0.9, random.integers(0, 50, 400_000), 0)]
    rare = random.random(400_000) < 0.1
    rows[rare] = kinds[random.integers(50, len(kinds), rare.sum())]
    some = sample(InMemory(rows), 2000, 1)
    assert len(some) == pytest.approx(2000, rel=0.02)
    assert np.isin(some[:, 0], kinds[50:, 0].astype(np.float32)).mean() == pytest.approx(rare.mean(), rel=0.1)


def test_of_many_kinds_with_copies_a_sample_has_many() -> None:
    kinds = np.random.default_rng(3).normal(size=(25_000, 2))
    for seed in range(3):
        some = sample(InMemory(np.repeat(kinds, 20, axis=0)), 1000, seed)
        assert len(some) == pytest.approx(1000, rel=0.01)
        assert len(np.unique(some, axis=0)) > 900


def test_rows_with_ties_are_parted_as_well_by_any_seed() -> None:
    rows = InMemory(np.minimum(np.random.default_rng(1).geometric(0.3, size=(400_000, 1)), 60).astype(float))
    costs = [KMeans(k=6, seed=seed).fit_points(rows).cost for seed in range(8)]
    assert max(costs) < 1.25 * min(costs)


def _noting(made: Any, name: str, into: list[str]) -> Any:
    def noting(*arguments: Any) -> Any:
        into.append(name)
        return made(*arguments)

    return noting


def test_distance_and_margin_tell_the_core_from_the_border(
    spark: SparkSession, frame: DataFrame, model: KMeansModel
) -> None:
    first, second = model.centres[:2]
    told = model.transform(a_frame(spark, np.stack([first, (first + second) / 2 - (second - first) * 1e-6])))
    at_centre, at_border = told.orderBy("id").collect()
    assert (at_centre["distance"], at_centre["margin"]) == (
        pytest.approx(0, abs=1e-2),
        pytest.approx(1, abs=1e-2),
    )
    assert at_border["margin"] == pytest.approx(0, abs=1e-3)
    assert at_border["distance"] == pytest.approx(np.linalg.norm(first - second) / 2, rel=1e-3)


def test_rows_far_from_zero_keep_their_digits(spark: SparkSession) -> None:
    far = ROWS + 1.7e9
    model = KMeans(k=4, seed=1).fit(a_frame(spark, far))
    assert model.sizes == [900, 500, 300, 60]
    assert model.cost == pytest.approx(
        sum(((far[n == TRUTH] - far[n == TRUTH].mean(axis=0)) ** 2).sum() for n in range(4)), rel=1e-3
    )


def test_mllib_finds_the_centres_where_it_is_asked(frame: DataFrame, model: KMeansModel) -> None:
    asked = KMeans(k=4, seed=1, engine="mllib")
    by_mllib = asked.fit(frame)
    assert by_mllib.sizes == model.sizes
    assert by_mllib.cost == pytest.approx(model.cost, rel=1e-4)
    assert np.allclose(by_mllib.centres, model.centres, atol=1e-3)
    alike = frame.select("id", F.expr("transform(features, x -> double(id % 2))").alias("features"))
    with pytest.raises(ModelError, match="only 2 different places"):
        asked.fit(alike)
    with pytest.raises(ModelError, match="engine cannot be 'h2o'"):
        KMeans(k=4, seed=1, engine="h2o")


def test_places_on_earth_are_told_apart_although_some_lie_at_zero(spark: SparkSession) -> None:
    random = np.random.default_rng(2)
    places = np.array([40.75, -73.98]) + random.normal(size=(20_000, 2)) * [0.03, 0.02]
    places[:400] = 0  # no place known: it widens all deviations
    model = KMeans(k=8, seed=1, sampleSize=5000).fit(a_frame(spark, places))
    told = model.scores(places)
    apart = np.linalg.norm(places[:, None] - model.centres[None], axis=2)
    assert (told["cluster"] == apart.argmin(axis=1)).all()
    assert told["distance"] == pytest.approx(apart.min(axis=1), abs=1e-9)
    assert model.cost == pytest.approx((apart.min(axis=1) ** 2).sum(), rel=1e-3)
    assert (told["distance"][400:] > 0).all(), "nobody lies on a centre"


def test_numbers_whose_squares_have_no_place_are_refused(spark: SparkSession) -> None:
    tokens = np.where(np.arange(100)[:, None] % 2, ROWS[:100], 3e19)
    with pytest.raises(ModelError, match=r"beyond 1e\+18") as refused:
        KMeans(k=2, seed=1).fit(a_frame(spark, tokens))
    assert "50 rows" in refused.value.what
    assert "scale" in refused.value.remedy
    with pytest.raises(ModelError, match="beyond 1e18"):
        sample_of(a_frame(spark, tokens), "features", 100, 100)


def test_sample_of_rows_far_from_zero_keeps_its_digits(spark: SparkSession) -> None:
    sample = sample_of(a_frame(spark, ROWS + 1e9), "features", 2000, len(ROWS))
    near = (ROWS - ROWS.mean(axis=0))[np.lexsort(ROWS.T[::-1])]
    assert np.abs(sample - near).max() < 1e-4


def test_pipeline_with_it_saves_and_loads(spark: SparkSession, tmp_path: Path) -> None:
    rows = spark.createDataFrame(ROWS.tolist(), "a double, b double, c double")
    stages = [VectorAssembler(inputCols=["a", "b", "c"], outputCol="v"), KMeans(k=4, seed=1, featuresCol="v")]
    fitted = Pipeline(stages=stages).fit(rows)
    fitted.write().overwrite().save(str(tmp_path / "model"))
    loaded = PipelineModel.load(str(tmp_path / "model"))
    one, other = (m.transform(rows).drop("v").collect() for m in (fitted, loaded))
    assert one == other
    assert loaded.stages[1].learnt() == fitted.stages[1].learnt()


def test_estimator_saves_and_loads_its_parameters(tmp_path: Path) -> None:
    kmeans = KMeans(k=7, seed=5, tol=0.01, init="k-means++")
    kmeans.write().save(str(tmp_path / "kmeans"))
    loaded = KMeans.load(str(tmp_path / "kmeans"))
    assert {p.name: v for p, v in loaded.extractParamMap().items()} == {
        p.name: v for p, v in kmeans.extractParamMap().items()
    }


def test_parameters_are_checked_by_name() -> None:
    with pytest.raises(ModelError, match="k must be a whole number of at least 2, got 1"):
        KMeans(k=1, seed=0)
    with pytest.raises(ModelError, match=r"init cannot be 'kmeans\|\|'. Did you mean 'k-means\|\|'"):
        KMeans(k=3, seed=0, init="kmeans||")
    with pytest.raises(ModelError, match="tol must be a number of at least 0, got nan"):
        KMeans(k=3, seed=0, tol=float("nan"))


def test_fewer_different_rows_than_clusters(spark: SparkSession) -> None:
    few = a_frame(spark, np.repeat(ROWS[:3], 20, axis=0))
    with pytest.raises(
        ModelError, match=r"k=4, but there are only 3 different rows among 60\. Choose a k of at most 3"
    ):
        KMeans(k=4, seed=0).fit(few)


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ([[1.0, 2.0], [1.0, None]], "1 rows of 'features' lack a number"),
        ([[1.0, 2.0], [float("inf"), 2.0]], "1 rows of 'features' lack a number"),
        ([[1.0, 2.0], None], "1 rows of 'features' lack a number"),
        ([], "There is no row with 'features'"),
    ],
)
def test_rows_that_lack_a_number_are_counted(
    spark: SparkSession, features: list[object], sentence: str
) -> None:
    frame = spark.createDataFrame([(f,) for f in features], "features array<double>")
    with pytest.raises(ModelError, match=sentence):
        KMeans(k=2, seed=0).fit(frame)


def test_row_without_a_number_gets_no_cluster(spark: SparkSession, model: KMeansModel) -> None:
    frame = spark.createDataFrame([([1.0, 2.0, 3.0],), ([1.0, float("nan"), 3.0],)], "features array<double>")
    assert [row["cluster"] is None for row in model.transform(frame).collect()] == [False, True]


def test_row_without_features_takes_no_other_row_along(spark: SparkSession, model: KMeansModel) -> None:
    rows = [([1.0, 2.0, 3.0],), (None,), ([4.0, 5.0, 6.0],)]
    frame = spark.createDataFrame(rows, "features array<double>").coalesce(1)
    assert [row["cluster"] is None for row in model.transform(frame).collect()] == [False, True, False]


def test_missing_or_unfit_column_is_named(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("a",)], "name string")
    with pytest.raises(ModelError, match=r"There is no column 'features'\. Columns: name"):
        KMeans(k=2, seed=0).fit(frame)
    with pytest.raises(ModelError, match="Column 'name' holds string"):
        KMeans(k=2, seed=0, featuresCol="name").fit(frame)
