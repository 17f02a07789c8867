# Databricks notebook source
# MAGIC %md
# MAGIC # Who are the customers, and what are they worth?
# MAGIC Features, the search for segments, the methods side by side, words for what was found, and lifetime values;
# MAGIC from the gold tables of a warehouse. On Databricks `spark` is there and `warehouse` is a volume; elsewhere
# MAGIC `python notebooks/customer_segments.py warehouse/demo` runs the same cells and leaves pictures in
# MAGIC `build/pictures`.

# COMMAND ----------

import sys
from pathlib import Path

import numpy as np
from customer_chunks.models.agglomerate import by_leaves
from customer_chunks.models.bisecting import BisectingKMeans
from customer_chunks.models.pca import PCA
from customer_chunks.models.tsne import tsne_map as arranged
from customer_chunks.models.ward import Ward
from customer_chunks.serving.pictures import (
    Candidate,
    Flow,
    SegmentProfile,
    Tree,
    dendrogram,
    feature_loadings,
    flow_chart,
    pca_map,
    rfm_heat_map,
    save,
    search_curves,
    segment_heat_map,
    silhouette_plot,
    tsne_map,
    value_calibration,
    value_distribution,
)
from pyspark.sql import functions as F

from customer_chunks.config.features import DEFAULT_FEATURES
from customer_chunks.config.model_settings import ValueSettings
from customer_chunks.config.settings import RfmSettings
from customer_chunks.config.targets import folder_target
from customer_chunks.contracts.gold import GONE, NEW
from customer_chunks.flow.fits.customer_values import held_out
from customer_chunks.flow.session import build_session
from customer_chunks.gold.customer_values import purchase_histories
from customer_chunks.gold.rfm_flows import rfm_flows
from customer_chunks.models.features import Features
from customer_chunks.models.kmeans import KMeans
from customer_chunks.models.lifetime_value import LifetimeValue
from customer_chunks.models.measures import quality, silhouettes
from customer_chunks.models.segmentation import Segmentation
from customer_chunks.storage.warehouse import Warehouse

spark = build_session("notebook")
warehouse = Warehouse(spark, folder_target(Path(sys.argv[1] if len(sys.argv) > 1 else "warehouse/demo")))
pictures = Path("build/pictures")
SEED = 1

# COMMAND ----------

# MAGIC %md
# MAGIC ## Features
# MAGIC What is missing is filled, outliers are held at a bound, scales are those of the middle half.

# COMMAND ----------

profiles = warehouse.read("gold.customer_profiles").where("purchase_count > 0").drop("_row_hash")
features = Features(declared=DEFAULT_FEATURES).fit(profiles)
rows = features.transform(profiles).persist()
print(f"{features.count:,} customers, compared by {', '.join(features.names)}")
for name, why in features.dropped.items():
    print(f"left out: {name}, {why}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## How many segments, by which method?
# MAGIC `Segmentation` searches, fits the winner to all customers and puts it into words.

# COMMAND ----------

model = Segmentation(declared=DEFAULT_FEATURES, seed=SEED, fewest=3, most=8, idCol="customer_id").fit(profiles)
for said in model.why:
    print(said)
tried = [
    Candidate(c.method, c.k, c.cost, c.silhouette, c.stability, c.stability_spread) for c in model.search
]
save(search_curves(tried, tried[model.taken]), pictures / "search.png")

# COMMAND ----------

for segment in model.segments:
    print(f"\n{segment.name}\n  {segment.description}")
traits = [{t.feature: t for t in s.traits if not t.level} for s in model.segments]
shared = sorted(set.intersection(*map(set, traits)))
called = {f.name: f"{f.called} ({f.unit})" if f.unit else f.called for f in DEFAULT_FEATURES}
heat = [
    SegmentProfile(
        s.name,
        s.share,
        [told[name].effect for name in shared],
        [float("nan") if told[name].inside is None else told[name].inside for name in shared],
    )
    for s, told in zip(model.segments, traits, strict=True)
]
save(segment_heat_map(heat, [called[name] for name in shared]), pictures / "segments.png")

# COMMAND ----------

# MAGIC %md
# MAGIC ## The methods side by side, with as many clusters

# COMMAND ----------

k = len(model.segments)
fits = {kind.__name__: kind(k=k, seed=SEED, idCol="customer_id").fit(rows) for kind in (KMeans, BisectingKMeans, Ward)}
for name, fitted in fits.items():
    told = quality(fitted.transform(rows), "features", "cluster", seed=SEED, id_col="customer_id")
    print(
        f"{name:16} silhouette {told.silhouette:.3f}  Davies-Bouldin {told.davies_bouldin:.2f}  {fitted.sizes}"
    )
ward = fits["Ward"]
tree = Tree(by_leaves(ward.tree), ward.weights, ward.leaf_clusters)
save(dendrogram(tree, k, {}), pictures / "tree.png")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Maps

# COMMAND ----------

labelled = model.transform(profiles).select("customer_id", "segment_number")
placed = rows.join(labelled, on="customer_id", how="inner").persist()
names = {s.number: s.name for s in model.segments}
components = PCA(k=min(5, len(features.names))).fit(rows)
save(
    feature_loadings(components.components, features.names, components.explained_ratio.tolist()),
    pictures / "loadings.png",
)
some = (
    components.transform(placed)
    .select("components", "features", "segment_number")
    .orderBy(F.xxhash64("customer_id"))
    .limit(4000)
    .toPandas()
)
labels = some["segment_number"].to_numpy()
points = np.vstack(list(some["components"]))[:, :2]
save(pca_map(points, labels, names, components.explained_ratio[:2].tolist()), pictures / "pca.png")
each = silhouettes(np.vstack(list(some["features"])), labels)
save(silhouette_plot(each, labels, names), pictures / "silhouettes.png")
places = arranged(placed, "features", "segment_number", "customer_id", size=2000, seed=SEED)
save(tsne_map(np.column_stack([places.x, places.y]), places.labels, names), pictures / "tsne.png")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Recency and frequency, and who moved within the newest month

# COMMAND ----------

scores = warehouse.read("gold.rfm_scores")
cells = {(r, f): n for r, f, n in scores.groupBy("r_score", "f_score").count().collect()}  # 25 at most
save(rfm_heat_map(cells), pictures / "rfm.png")
orders = warehouse.read("silver.orders")
as_of = profiles.agg(F.max("as_of").alias("day")).collect()[0]["day"]
moved = rfm_flows(orders, as_of=as_of, rfm=RfmSettings(migration_months=1)).toPandas()  # one row a pair
flows = [
    Flow(None if row.from_segment == NEW else row.from_segment,
         None if row.to_segment == GONE else row.to_segment, int(row.customers))
    for row in moved.itertuples()
]  # fmt: skip
runs = ("a month before", f"as of {moved['month'].max()}")
save(flow_chart(flows, runs=runs, title="How customers moved between RFM segments"), pictures / "flows.png")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Lifetime values

# COMMAND ----------

histories = purchase_histories(orders, as_of=as_of).persist()
values = LifetimeValue(horizonDays=365, discount=0.1).fit(histories)
scored = values.transform(histories).persist()
print(values.purchases)
scored.select("customer_id", "probability_alive", "expected_purchases", "lifetime_value").orderBy(
    F.desc("lifetime_value")
).show(5)
sample = scored.select("lifetime_value").limit(20_000).toPandas()["lifetime_value"]
save(value_distribution(sample.tolist()), pictures / "values.png")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Would they have come true?
# MAGIC The same models, fitted to what was before the newest days, beside what these days brought.

# COMMAND ----------

DAYS = 30
told = held_out(orders, as_of, ValueSettings(holdout_days=DAYS))
expected, came = (told["purchases"][name] for name in ("expected", "came"))
print(f"a customer: expected {expected:,.2f} purchases, came {came:,.2f}")
save(value_calibration(told["tenths"], days=DAYS), pictures / "calibration.png")

# COMMAND ----------

# MAGIC %md
# MAGIC ## What is each segment worth?

# COMMAND ----------

scored.join(labelled, on="customer_id", how="inner").groupBy("segment_number").agg(
    F.count("*").alias("customers"),
    F.round(F.avg("probability_alive"), 2).alias("probability_alive"),
    F.round(F.avg("lifetime_value"), 2).alias("lifetime_value"),
).orderBy("segment_number").show()
