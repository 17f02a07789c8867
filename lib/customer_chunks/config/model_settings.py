"""What is learnt: ``segments``, ``customer_values``, ``churn`` and ``high_value`` of conf/settings.yml."""

from __future__ import annotations

import re
from dataclasses import dataclass

from customer_chunks.config.document import Node
from customer_chunks.config.features import DEFAULT_FEATURES, Feature, read_features

REFITS = ("monthly", "weekly", "each_run", "never")
USUAL_METHODS = ("kmeans", "bisecting", "ward")
METHODS = (*USUAL_METHODS, "mixture")
LEARNERS = ("auto", "forest", "boosted", "logistic")
_FEWEST, _MOST = 2, 50
_RANGE = re.compile(r"\s*([0-9]{1,9})\s*(?:-\s*([0-9]{1,9})\s*)?")


@dataclass(frozen=True)
class SegmentSettings:
    """How customers are put into segments.

    Attributes:
        refit: How often segments are looked for anew; scores follow every run.
        methods: That the search tries.
        clusters: Fewest and most segments that the search tries.
        smallest, largest: Shares of the customers that a segment may have.
        stability: Least agreement (adjusted Rand) between fits of resampled customers.
        population: SQL over gold.customer_profiles: who is put into segments.
        features: What they are compared by.
        feature_sets: Names of features by the name of a set, of which the search tries each; none: all.
        seed: Of everything drawn.
    """

    refit: str = "monthly"
    methods: tuple[str, ...] = USUAL_METHODS
    clusters: tuple[int, int] = (3, 8)
    smallest: float = 0.02
    largest: float = 0.6
    stability: float = 0.8
    population: str = "purchase_count > 0"
    features: tuple[Feature, ...] = DEFAULT_FEATURES
    feature_sets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class ValueSettings:
    """How lifetime values are computed.

    Attributes:
        refit: How often the models are fitted anew.
        horizon_days: Days ahead that a value counts.
        discount: What money loses in worth in a year, as a share.
        margin: Share of an amount that is profit.
        holdout_days: The newest days, on which a fit of those before is tried.
    """

    refit: str = "monthly"
    horizon_days: int = 365
    discount: float = 0.1
    margin: float = 1.0
    holdout_days: int = 90


@dataclass(frozen=True)
class PropensitySettings:
    """How it is foretold who will buy no more, or who will be of those that spend most.

    Attributes:
        refit: How often the model is fitted anew.
        horizon_days: Days ahead that are foretold.
        history_days: Days of orders that every day learnt from has behind it at least.
        share: Of high value: the share of the customers that spend most.
        method: auto, forest, boosted or logistic.
        explained: So many of the most likely customers are told the reasons for.
        seed: Of everything drawn.
    """

    refit: str = "monthly"
    horizon_days: int = 90
    history_days: int = 90
    share: float = 0.1
    method: str = "auto"
    explained: int = 100_000
    seed: int = 0


@dataclass(frozen=True)
class TrackingSettings:
    """Where versions of models are published to.

    Attributes:
        uri: Address of an MLflow server; empty: that of MLFLOW_TRACKING_URI, else a SQLite file
            beside the tables.
        experiment: Of the runs.
        prefix: Of the names in the registry.
    """

    uri: str = ""
    experiment: str = "customer-chunks"
    prefix: str = "customer_chunks."


@dataclass(frozen=True)
class ModelSettings:
    """Which models there are: a part that is None is not computed."""

    segments: SegmentSettings | None = None
    customer_values: ValueSettings | None = None
    churn: PropensitySettings | None = None
    high_value: PropensitySettings | None = None


def read_models(root: Node) -> ModelSettings:
    """Read the parts for models; each is computed where the file names it, if only as {}.

    Raises:
        ConfigError: a key is unknown or a value cannot be meant.
    """
    segments = _segments(root.node("segments")) if root.has("segments") else None
    values = _values(root.node("customer_values")) if root.has("customer_values") else None
    churn = _propensity(root.node("churn")) if root.has("churn") else None
    high_value = _propensity(root.node("high_value"), has_share=True) if root.has("high_value") else None
    return ModelSettings(segments, values, churn, high_value)


def read_tracking(root: Node) -> TrackingSettings | None:
    """Read ``mlflow``; None where the file does not name it.

    Raises:
        ConfigError: a key is unknown.
    """
    if not root.has("mlflow"):
        return None
    node, default = root.node("mlflow"), TrackingSettings()
    result = TrackingSettings(
        uri=node.text("uri", default.uri) or "",
        experiment=node.text("experiment", default.experiment) or default.experiment,
        prefix=node.text("prefix", default.prefix) or "",
    )
    node.done()
    return result


def cluster_range(written: str) -> tuple[int, int] | None:
    """Return fewest and most clusters of ``6`` or ``3-8``; None where it is neither, or fewer than two."""
    told = _RANGE.fullmatch(written)
    if told is None:
        return None
    fewest, most = int(told[1]), int(told[2] or told[1])
    return (fewest, most) if _FEWEST <= fewest <= most else None


def _segments(node: Node) -> SegmentSettings:
    default = SegmentSettings()
    features = read_features(node.nodes("features"))
    methods = node.texts("methods", default.methods)
    for method in methods:
        if method not in METHODS:
            raise node.fail(f"there is no method '{method}'.", f"Methods: {', '.join(METHODS)}.")
    result = SegmentSettings(
        refit=node.choice("refit", REFITS, default.refit) or default.refit,
        methods=methods,
        clusters=_clusters(node, default.clusters),
        smallest=node.number("smallest", default.smallest, maximum=0.5),
        largest=node.number("largest", default.largest, maximum=1.0),
        stability=node.number("stability", default.stability, maximum=1.0),
        population=node.text("population", default.population) or default.population,
        features=features,
        feature_sets=_sets(node.node("feature_sets"), features),
        seed=node.integer("seed", default.seed) or 0,
    )
    node.done()
    return result


def _clusters(node: Node, default: tuple[int, int]) -> tuple[int, int]:
    written = node.text("clusters")
    if written is None:
        return default
    told = cluster_range(written)
    if told is None or told[1] > _MOST:
        raise node.fail(
            f"'clusters' must be a number or a range between {_FEWEST} and {_MOST}, got '{written}'.",
            "Write 6 or 3-8.",
        )
    return told


def _sets(node: Node, features: tuple[Feature, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    known = [f.name for f in features if f.weight > 0]
    sets = []
    for name in node.names():
        members = node.texts(name)
        unknown = sorted(set(members) - set(known))
        if unknown or not members:
            raise node.fail(
                f"'{name}' has no feature with a weight called {', '.join(unknown) or 'anything'}.",
                f"Features: {', '.join(known)}.",
            )
        sets.append((name, members))
    return tuple(sets)


def _values(node: Node) -> ValueSettings:
    default = ValueSettings()
    result = ValueSettings(
        refit=node.choice("refit", REFITS, default.refit) or default.refit,
        horizon_days=node.integer("horizon_days", default.horizon_days, minimum=1) or 1,
        discount=node.number("discount", default.discount, maximum=10.0),
        margin=node.number("margin", default.margin, minimum=0.0001, maximum=1.0),
        holdout_days=node.integer("holdout_days", default.holdout_days, minimum=1) or 1,
    )
    node.done()
    return result


def _propensity(node: Node, *, has_share: bool = False) -> PropensitySettings:
    default = PropensitySettings()
    share = node.number("share", default.share, minimum=0.001, maximum=0.5) if has_share else default.share
    result = PropensitySettings(
        refit=node.choice("refit", REFITS, default.refit) or default.refit,
        horizon_days=node.integer("horizon_days", default.horizon_days, minimum=1) or 1,
        history_days=node.integer("history_days", default.history_days, minimum=1) or 1,
        share=share,
        method=node.choice("method", LEARNERS, default.method) or default.method,
        explained=node.integer("explained", default.explained) or 0,
        seed=node.integer("seed", default.seed) or 0,
    )
    node.done()
    return result
