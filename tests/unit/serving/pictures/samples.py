"""Realistic data for every picture, and data that are hard to draw."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import linkage

from customer_chunks.serving.pictures import (
    Candidate,
    ChanceGroup,
    Flow,
    SegmentProfile,
    Tree,
    chance_bars,
    dendrogram,
    distance_curve,
    feature_loadings,
    flow_chart,
    gain_curve,
    pca_map,
    probability_calibration,
    rfm_heat_map,
    search_curves,
    segment_heat_map,
    silhouette_plot,
    tsne_map,
    value_calibration,
    value_distribution,
)

NAMES = {
    0: "Champions",
    1: "Loyal regulars",
    2: "Promising newcomers",
    3: "Bargain hunters who only ever buy in the January sale, and never otherwise",
    4: "Sleeping",
    5: "One-time gift buyers",
    6: "Wholesale",
    7: "Donaudampfschifffahrtsgesellschaftskapitäne",
    8: "At risk: once very valuable and now silent for a year or more",
    9: "Returners",
    10: "$100+ club_of_$",
    11: "B2B",
}
FEATURES = [
    "Recency (days)", "Frequency (orders)", "Money (EUR)", "Average order value (EUR)", "Return rate (share)",
    "Discounts (share)", "Categories (count)", "Tenure (days)", "Newsletters opened (in 90 days)",
    "Complaints (count)", "App visits (in 30 days)", "Basket (items)", "At night (share of orders)",
]  # fmt: skip


def clustered(k: int, rows: int, *, noise: int = 0, rare: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return points and labels, the largest cluster first; the last one has a thousandth of rows if rare."""
    random = np.random.default_rng(k)
    shares = 1 / np.arange(1, k + 1) ** 0.7
    shares[-1] = 0.001 * shares[:-1].sum() if rare else shares[-1]
    sizes = np.maximum((shares / shares.sum() * rows).astype(int), 1)
    labels = np.concatenate([np.repeat(np.arange(k), sizes), np.full(noise, -1)])
    centres = np.vstack([random.normal(0, 3, (k, 2)), [0, 0]])
    return centres[labels] + random.normal(0, 0.8, (len(labels), 2)), labels


def silhouettes(k: int, *, rare: bool = False) -> Figure:
    _, labels = clustered(k, 3_000, noise=50, rare=rare)
    values = np.clip(np.random.default_rng(k).normal(0.4, 0.25, len(labels)), -1, 1)
    return silhouette_plot(values, labels, NAMES)


def a_tree(k: int, leaves: int) -> Figure:
    random = np.random.default_rng(leaves)
    points = random.normal(0, 3, (k, 4))[random.integers(0, k, leaves)] + random.normal(0, 0.7, (leaves, 4))
    return dendrogram(Tree(linkage(points, "ward"), random.integers(1, 40_000, leaves)), k, NAMES)


def candidates(methods: int) -> list[Candidate]:
    names = ("k-means", "bisecting k-means", "Gaussian mixture", "Ward on 2,000 centres")
    return [
        Candidate(name, k, 4e6 / k**0.8 + n * 1e5, 0.5 - 0.02 * abs(k - 6) - 0.01 * n, 0.9 - 0.01 * k, 0.04)
        for n, name in enumerate(names[:methods])
        for k in range(2, 13)
    ]


def profiles(k: int, features: int, size: float = 1.0) -> list[SegmentProfile]:
    random = np.random.default_rng(k)
    return [
        SegmentProfile(
            NAMES[n], 1 / k if n else 0.001, random.normal(0, size, features).tolist(),
            random.normal(0, 40_000, features).tolist(),
        )
        for n in range(k)
    ]  # fmt: skip


def moved(k: int) -> list[Flow]:
    flows = [
        Flow(NAMES[a], NAMES[b], 9_000 // (a + 1) if a == b else 3 * (a + b) + 1)
        for a in range(k)
        for b in range(k)
    ]
    return [*flows, Flow(None, NAMES[1], 900), Flow(NAMES[0], None, 4)]


def tenths(scale: float = 1.0) -> list[dict[str, float]]:
    return [
        {
            "tenth": n + 1, "customers": 1_000, "expected_purchases": 6 * 0.6**n, "purchases": 5.5 * 0.6**n,
            "expected_amount": 1_800 * 0.5**n * scale, "amount": 1_900 * 0.5**n * scale,
        }
        for n in range(10)
    ]  # fmt: skip


def chances(k: int) -> Figure:
    random = np.random.default_rng(k)
    counts = [np.round(random.dirichlet(np.ones(5)) * 10 ** (n % 6 + 1)).tolist() for n in range(k)]
    groups = [ChanceGroup(NAMES[n], 0.9 / (n + 1), counts[n]) for n in range(k)]
    return chance_bars(groups, EDGES, title="How likely it is that a customer buys nothing within 90 days")


EDGES = (0.1, 0.25, 0.5, 0.75)
SPENT = np.random.default_rng(1).lognormal(3.5, 1.3, 4_000)
CELLS = {(r, f): 10.0**f * r - 500 for r in range(1, 6) for f in range(1, 6) if (r, f) != (1, 5)}
LOADINGS = np.random.default_rng(2).normal(0, 0.4, (12, 26)).clip(-1, 1)
SHARES = (0.4 * 0.6 ** np.arange(12)).tolist()
FAR = np.concatenate([np.random.default_rng(3).gamma(4, 0.08, 3_000), [2.0, 9.0]])
HUNDRED = np.linspace(0, 1, 101)

FIGURES: dict[str, Callable[[], Figure]] = {
    "map of 6": lambda: pca_map(*clustered(6, 1_500), NAMES, [0.412, 0.183]),
    "map of 2": lambda: pca_map(*clustered(2, 100), NAMES, [0.9, 0.1]),
    "map of 12 with noise": lambda: tsne_map(*clustered(12, 4_000, noise=200), NAMES),
    "map with a rare segment": lambda: tsne_map(*clustered(5, 3_000, rare=True), NAMES),
    "map of 400 clusters": lambda: tsne_map(*clustered(400, 4_000, noise=200), {}),
    "map of nothing": lambda: tsne_map([], [], NAMES),
    "silhouettes of 6": lambda: silhouettes(6),
    "silhouettes of 2": lambda: silhouettes(2),
    "silhouettes of 12": lambda: silhouettes(12),
    "silhouettes with a rare segment": lambda: silhouettes(5, rare=True),
    "silhouettes of 400": lambda: silhouettes(400),
    "silhouettes of nothing": lambda: silhouette_plot([], [], NAMES),
    "tree of 6": lambda: a_tree(6, 200),
    "tree of 2": lambda: a_tree(2, 5),
    "tree of 12": lambda: a_tree(12, 100),
    "tree of 25": lambda: a_tree(25, 100),
    "tree of 80": lambda: a_tree(80, 100),
    "search by 4 methods": lambda: search_curves(
        candidates(4), candidates(1)[4], why="The silhouette is best."
    ),
    "search by 1 method": lambda: search_curves(candidates(1), candidates(1)[4]),
    "search for nothing": lambda: search_curves([], None),
    "segments by 7 features": lambda: segment_heat_map(profiles(6, 7), FEATURES[:7]),
    "segments by 13 features": lambda: segment_heat_map(profiles(12, 13), FEATURES),
    "segments without a difference": lambda: segment_heat_map(profiles(4, 5, 0.0), FEATURES[:5]),
    "segments: none": lambda: segment_heat_map([], []),
    "RFM": lambda: rfm_heat_map({cell: value + 500 for cell, value in CELLS.items()}),
    "RFM with negative values": lambda: rfm_heat_map(CELLS, measure="Mean lifetime value (EUR)"),
    "RFM of nothing": lambda: rfm_heat_map({}),
    "values": lambda: value_distribution(SPENT, currency="EUR"),
    "values below zero": lambda: value_distribution([*SPENT, *(-SPENT / 3), 5e6], currency="EUR"),
    "values all alike": lambda: value_distribution([10.0] * 5),
    "values of nothing": lambda: value_distribution([0.0, -1.0]),
    "hold-out": lambda: value_calibration(tenths(), currency="EUR", days=180),
    "hold-out in millions": lambda: value_calibration(tenths(1_000), currency="HUF"),
    "hold-out of two steps": lambda: value_calibration(tenths()[:2]),
    "no hold-out": lambda: value_calibration([]),
    "flows of 6": lambda: flow_chart(moved(6), runs=("1 Mar 2024", "1 Apr 2024")),
    "flows of 12": lambda: flow_chart([*moved(12), Flow("13th", "13th", 5), Flow("14th", "14th", 1)]),
    "flows of 2": lambda: flow_chart([Flow("A", "A", 999), Flow("B", "B", 1)]),
    "flows of nothing": lambda: flow_chart([]),
    "loadings of 8": lambda: feature_loadings(LOADINGS[:5, :8], FEATURES[:8], SHARES[:5]),
    "loadings of 26": lambda: feature_loadings(LOADINGS, FEATURES * 2, SHARES),
    "loadings of nothing": lambda: feature_loadings([], [], []),
    "distances": lambda: distance_curve(FAR, 0.7, neighbours=10),
    "distances, small eps": lambda: distance_curve(FAR, 0.2, neighbours=10),
    "distances of nothing": lambda: distance_curve([], 0.2, neighbours=10),
    "probabilities": lambda: probability_calibration(
        HUNDRED[5::10], HUNDRED[5::10] ** 1.2, np.arange(10, 0, -1) * 99
    ),
    "small probabilities": lambda: probability_calibration(
        [0.002, 0.01, 0.08], [0.001, 0.012, 0.1], [9e4, 900, 12]
    ),
    "probabilities that stand close": lambda: probability_calibration(
        np.append(HUNDRED[1:12] / 8, 0.9), np.append(HUNDRED[1:12] / 7, 0.8), np.arange(12, 0, -1) * 1e4
    ),
    "probabilities of nothing": lambda: probability_calibration([], [], []),
    "gains": lambda: gain_curve(
        {"BG/NBD": (HUNDRED, 1 - (1 - HUNDRED) ** 3), "naive": (HUNDRED, HUNDRED**0.8)}
    ),
    "chances of 6": lambda: chances(6),
    "chances of 12": lambda: chances(12),
    "chances of all": lambda: chance_bars(
        [ChanceGroup("All customers", 0.06, [2_000, 300, 100, 40, 2])], EDGES, title="How likely it is"
    ),
    "chances of nothing": lambda: chance_bars([], EDGES, title="How likely it is"),
    "gains of nothing": lambda: gain_curve({}),
}
"""Every picture with usual data and with such as are hard to draw."""
