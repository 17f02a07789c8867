"""Which segments are there? A search over methods, numbers of clusters and sets of features.

Enters: packed rows and what to try. Leaves: every candidate with what was measured of it, the one chosen,
and why. All candidates are fitted and measured on one sample, so that they can be compared; the chosen one
is fitted to all rows afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from customer_chunks.errors import ModelError
from customer_chunks.models.measures import agreement, silhouettes, spreads_apart
from customer_chunks.models.methods import METHODS, Labels
from customer_chunks.models.rows import Floats

ALL = "all"
_SILHOUETTE_ROWS = 4_000
_AS_GOOD, _CLEARLY = 0.02, 0.05
_SLACK = 0.1
"""How much less stable segments may be that are in use already."""
_BOOTSTRAPS = 5


@dataclass(frozen=True)
class Limits:
    """What a candidate must keep.

    Attributes:
        smallest, largest: Shares of the rows that a cluster may have.
        stability: Least mean agreement between fits of resampled rows.
    """

    smallest: float = 0.02
    largest: float = 0.6
    stability: float = 0.8

    def loosened(self) -> Limits:
        """Return what segments that are in use must keep: no need to part with them for a trifle."""
        return Limits(self.smallest / 2, (1 + self.largest) / 2, self.stability - _SLACK)


class Kind(NamedTuple):
    """What a candidate is: a method, a number of clusters, and the name of a set of features."""

    method: str
    k: int
    features: str


@dataclass(frozen=True)
class Candidate:
    """One way to part the rows, measured on the sample.

    Attributes:
        method, k, features: What it is.
        cost: Mean squared distance to the own cluster's mean, in scaled units.
        silhouette, davies_bouldin, calinski_harabasz: As ``measures`` has them.
        stability: Mean adjusted Rand index between it and fits of resampled rows.
        stability_spread: Standard deviation of that.
        held_out: Adjusted Rand index between fits of either half of the rows, on all of them.
        smallest, largest: Shares of the rows.
        against: What it does not keep, in words; empty for one that may be chosen.
    """

    method: str
    k: int
    features: str
    cost: float
    silhouette: float
    davies_bouldin: float
    calinski_harabasz: float
    stability: float
    stability_spread: float
    held_out: float
    smallest: float
    largest: float
    against: str = ""

    @property
    def kind(self) -> Kind:
        """Return what it is, without what was measured."""
        return Kind(self.method, self.k, self.features)


@dataclass(frozen=True)
class Found:
    """The search: all candidates, the chosen one, and why, a sentence each."""

    candidates: tuple[Candidate, ...]
    chosen: Candidate
    why: tuple[str, ...]


def search(
    sample: Floats, *, methods: Sequence[str], clusters: Sequence[int],
    sets: Mapping[str, Sequence[int]], limits: Limits, seed: int, before: Kind | None = None,
) -> Found:  # fmt: skip
    """Try everything and choose.

    Args:
        sample: Rows x features.
        methods: kmeans, bisecting, ward, mixture.
        clusters: Numbers of clusters to try.
        sets: Columns of the sample by the name of a set of features.
        limits: What a candidate must keep.
        seed: Of everything drawn.
        before: What was chosen the last time: it stays, unless another is clearly better.

    Raises:
        ModelError: the sample has too few different rows for any of the numbers of clusters.
    """
    candidates = [
        measured
        for name, columns in sets.items()
        for method in methods
        for measured in _candidates(
            np.ascontiguousarray(sample[:, list(columns)]), method, clusters, seed, name
        )
    ]
    if not candidates:
        raise ModelError(
            f"There are only {len(np.unique(sample, axis=0))} different customers to part.",
            f"Bring more, or look for fewer than {min(clusters)} segments.",
        )
    judged = [
        replace(c, against=_against(c, limits.loosened() if c.kind == before else limits)) for c in candidates
    ]
    chosen, why = choose(judged, before)
    return Found(tuple(judged), chosen, why)


def choose(candidates: Sequence[Candidate], before: Kind | None = None) -> tuple[Candidate, tuple[str, ...]]:
    """Return the candidate to take, and why.

    What was taken the last time stays while it keeps the limits and no other silhouette is clearly higher
    (by more than 0.05): segments that people work with should not change for a trifle.

    Else, of those that keep all limits the highest silhouette counts; of those whose silhouette is as good
    (0.02 less at most) the one with the most clusters, as it says most, then the most stable. Where none
    keeps the limits, the most stable one is taken, and that is told.
    """
    fit = [c for c in candidates if not c.against]
    if not fit:
        chosen = max(candidates, key=lambda c: (min(c.stability, c.held_out), c.silhouette))
        return chosen, (
            f"None of {len(candidates)} candidates keeps all limits; the most stable one is taken: "
            f"{_named(chosen)}, {chosen.against}.",
            "Look at it before you rely on it: these customers may have no segments.",
        )
    best = max(fit, key=lambda c: c.silhouette)
    same = next((c for c in fit if c.kind == before), None)
    if same is not None and same.silhouette >= best.silhouette - _CLEARLY:
        return same, tuple(_why(candidates, fit, best, same, is_kept=True))
    as_good = [c for c in fit if c.silhouette >= best.silhouette - _AS_GOOD]
    chosen = max(as_good, key=lambda c: (c.k, round(c.stability, 2), c.silhouette))
    return chosen, tuple(_why(candidates, fit, best, chosen))


def _why(
    candidates: Sequence[Candidate], fit: Sequence[Candidate], best: Candidate, chosen: Candidate, *,
    is_kept: bool = False,
) -> Iterator[str]:  # fmt: skip
    yield (f"{len(candidates)} candidates were compared; {len(fit)} keep the limits of size and stability.")
    yield (
        f"{'Kept, as before' if is_kept else 'Chosen'}: {_named(chosen)}: "
        f"silhouette {chosen.silhouette:.3f}, stability {chosen.stability:.2f} "
        f"(fits of resampled customers agree so far, 1 is fully), segments from {chosen.smallest:.1%} to "
        f"{chosen.largest:.1%} of the customers."
    )
    if chosen != best and is_kept:
        highest = f"The highest silhouette, {best.silhouette:.3f}, has {_named(best)}"
        yield f"{highest}; that is not clearly better. (What is in use may miss the limits by a little.)"
    elif chosen != best:
        yield (
            f"The highest silhouette, {best.silhouette:.3f}, has {_named(best)}; this is as clear, and "
            f"{'says more' if chosen.k > best.k else 'more stable'}."
        )
    others = [c for c in candidates if c.method == chosen.method and c.features == chosen.features]
    for k, side in ((chosen.k - 1, "Fewer"), (chosen.k + 1, "More")):
        other = next((c for c in others if c.k == k), None)
        if other is not None:
            reason = other.against or f"silhouette {other.silhouette:.3f}"
            yield f"{side} ({k}): {reason}."


def _named(candidate: Candidate) -> str:
    of = "" if candidate.features == ALL else f" of the features '{candidate.features}'"
    return f"{candidate.k} clusters by {candidate.method}{of}"


def _columns(sample: Floats, columns: Sequence[int]) -> Floats:
    return np.ascontiguousarray(sample[:, list(columns)])


def _against(candidate: Candidate, limits: Limits) -> str:
    said = []
    if candidate.smallest < limits.smallest:
        said.append(
            f"its smallest cluster has {candidate.smallest:.1%} (least: {100 * limits.smallest:.3g}%)"
        )
    if candidate.largest > limits.largest:
        most = f"{100 * limits.largest:.3g}%"
        said.append(f"its largest cluster has {candidate.largest:.1%} (most: {most})")
    if candidate.stability < limits.stability:
        said.append(f"its stability is {candidate.stability:.2f} (least: {limits.stability:g})")
    return ", ".join(said)


def _candidates(
    rows: Floats, method: str, clusters: Sequence[int], seed: int, features: str
) -> Iterator[Candidate]:
    distinct = len(np.unique(rows, axis=0))
    wanted = [k for k in clusters if k <= distinct and k < len(rows)]
    if not wanted:
        return
    random = np.random.default_rng(seed)
    drawn = [random.integers(len(rows), size=len(rows)) for _ in range(_BOOTSTRAPS)]
    halves = np.array_split(random.permutation(len(rows)), 2)
    fits = METHODS[method](rows, wanted, seed)
    again = [
        METHODS[method](np.ascontiguousarray(rows[d]), wanted, seed + 1 + n) for n, d in enumerate(drawn)
    ]
    by_half = [METHODS[method](np.ascontiguousarray(rows[h]), wanted, seed) for h in halves]
    shown = random.permutation(len(rows))[:_SILHOUETTE_ROWS]
    for k in wanted:
        if k not in fits:
            continue
        labels = fits[k](rows)
        agreed = [agreement(labels, one[k](rows)) for one in again if k in one]
        held_out = agreement(*[one[k](rows) for one in by_half]) if all(k in f for f in by_half) else 0.0
        yield _measured(rows, labels, shown, Candidate(
            method, k, features, 0.0, 0.0, 0.0, 0.0, float(np.mean(agreed)) if agreed else 0.0,
            float(np.std(agreed)) if agreed else 0.0, held_out, 0.0, 0.0,
        ))  # fmt: skip


def _measured(rows: Floats, labels: Labels, shown: npt.NDArray[np.int64], of: Candidate) -> Candidate:
    whole = rows.astype(np.float64)
    shares = np.bincount(labels, minlength=of.k) / len(labels)
    is_parted = len(np.unique(labels[shown])) > 1
    silhouette = float(silhouettes(whole[shown], labels[shown]).mean()) if is_parted else -1.0
    davies, calinski = spreads_apart(whole, labels) if is_parted else (float("inf"), 0.0)
    sums = np.zeros((of.k, rows.shape[1]))
    np.add.at(sums, labels, whole)
    means = sums / np.maximum(np.bincount(labels, minlength=of.k), 1)[:, None]
    cost = float(((whole - means[labels]) ** 2).sum() / len(rows))
    return replace(
        of, cost=cost, silhouette=silhouette, davies_bouldin=davies, calinski_harabasz=calinski,
        smallest=float(shares.min()), largest=float(shares.max()),
    )  # fmt: skip
