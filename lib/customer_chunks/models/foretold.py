"""How well probabilities foretell what came: ranking, errors, reliability and gain."""

from __future__ import annotations

from typing import Any

import numpy as np

from customer_chunks.models.rows import Doubles
from customer_chunks.models.sampled import Flags

_TENTHS = 10
_STEPS = 20
_EPSILON = float(np.finfo(np.float64).eps)


def measured(came: Flags, probabilities: Doubles, scores: Doubles | None = None) -> dict[str, float]:
    """Measure probabilities; the ranking by scores, where these are given.

    Args:
        came: Whether it came, of every row.
        probabilities: That it comes.
        scores: What rows are ranked by.

    Returns:
        ``auc`` (area under the ROC curve), ``average_precision``, ``log_loss``, ``brier`` (mean squared
        error) and ``calibration_error`` (of tenths: mean distance of the share foretold from that observed).
    """
    ranked_by = probabilities if scores is None else scores
    return {
        "auc": auc(came, ranked_by),
        "average_precision": average_precision(came, ranked_by),
        "log_loss": log_loss(came, probabilities),
        "brier": float(np.mean((probabilities - came) ** 2)),
        "calibration_error": calibration_error(came, probabilities),
    }


def auc(came: Flags, scores: Doubles) -> float:
    """Return the chance that a row where it came has a higher score than one where it did not.

    A half for equal scores; 0.5 where rows do not differ in what came.
    """
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positives = int(came.sum())
    pairs = positives * (len(came) - positives)
    if not pairs:
        return 0.5
    return float((ranks[came].sum() - positives * (positives + 1) / 2) / pairs)


def average_precision(came: Flags, scores: Doubles) -> float:
    """Return the precision at every score, weighed by the recall that it adds; 0 where it came nowhere."""
    if not came.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(came[order])[ends]
    gained = np.diff(np.append(0, hits)) / hits[-1]
    return float(np.sum(gained * hits / (ends + 1)))


def log_loss(came: Flags, probabilities: Doubles) -> float:
    """Return the mean of minus the logarithm of the probability of what came."""
    inside = np.clip(probabilities, _EPSILON, 1 - _EPSILON)
    return float(-np.mean(np.where(came, np.log(inside), np.log1p(-inside))))


def calibration_error(came: Flags, probabilities: Doubles) -> float:
    """Return the mean distance of foretold and observed shares of tenths, weighed by rows."""
    told = reliability(came, probabilities)
    return float(sum(t["rows"] * abs(t["foretold"] - t["observed"]) for t in told) / len(came))


def reliability(came: Flags, probabilities: Doubles) -> list[dict[str, Any]]:
    """Return tenths of rows, the lowest probabilities first; fewer where many are equal."""
    cuts = np.unique(np.quantile(probabilities, np.arange(1, _TENTHS) / _TENTHS, method="lower"))
    tenth = np.searchsorted(cuts, probabilities, side="left")
    return [
        {
            "foretold": float(probabilities[tenth == n].mean()),
            "observed": float(came[tenth == n].mean()),
            "rows": int((tenth == n).sum()),
        }
        for n in range(len(cuts) + 1)
        if (tenth == n).any()
    ]


def gain(came: Flags, scores: Doubles) -> list[dict[str, float]]:
    """Return, for every twentieth of rows by descending score, the share of what came up to there."""
    hits = np.append(0, np.cumsum(came[np.argsort(-scores, kind="stable")]))
    ends = np.round(np.arange(1, _STEPS + 1) / _STEPS * len(came)).astype(int)
    return [
        {"share": n / _STEPS, "found": float(hits[end] / max(hits[-1], 1))}
        for n, end in enumerate(ends, start=1)
    ]
