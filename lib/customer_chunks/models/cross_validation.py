"""Learners compared on rows that they were not fitted to, by curves that were not fitted to them either.

All rows of a key are in one part, so that a learner never knows the customer whom it is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

import numpy as np

from customer_chunks.errors import ModelError
from customer_chunks.models.baseline import tenths
from customer_chunks.models.calibration import calibrated
from customer_chunks.models.foretold import auc, log_loss, measured
from customer_chunks.models.learners import learnt
from customer_chunks.models.rows import Doubles
from customer_chunks.models.sampled import Flags, Sample

Numbers = dict[str, float]


@dataclass(frozen=True)
class Trial:
    """What one learner made of rows that it was not fitted to.

    Attributes:
        kind: Of the learner.
        scores: Of every row.
        probabilities: Of every row, by a curve that was fitted to the other parts' scores.
        rounds: Trees that a fit to all rows should have.
        told: Measures; ``log_loss_of_scores`` before calibration, ``auc_deviation`` between the parts.
    """

    kind: str
    scores: Doubles
    probabilities: Doubles
    rounds: int
    told: Numbers


def trial(kind: str, sample: Sample, *, folds: int, seed: int, threads: int) -> Trial:
    """Cross-validate a learner.

    Args:
        kind: forest, boosted or logistic.
        sample: Rows of both kinds.
        folds: Parts.
        seed: Of what trees draw.
        threads: Of a fit.

    Raises:
        ModelError: rows of one kind have so few keys that a part's rest has none.
    """
    part = sample.folds(folds)
    is_inner = sample.is_inner(folds)
    scores, rounds = np.zeros(len(sample.rows)), []
    for fold in _parts(sample, folds):
        rest = part != fold
        learner = learnt(kind, sample.where(rest), is_inner[rest], seed=seed, threads=threads)
        scores[~rest] = learner.scores(sample.rows[~rest], threads)
        rounds.append(learner.rounds)
    probabilities = _by_part(
        sample, folds, lambda rest, own: calibrated(sample.labels[rest], scores[rest])(scores[own])
    )
    told = measured(sample.labels, probabilities, scores)
    by_part = [auc(sample.labels[part == n], scores[part == n]) for n in range(folds) if (part == n).any()]
    told["auc_deviation"] = pstdev(by_part)
    told["log_loss_of_scores"] = log_loss(sample.labels, 1 / (1 + np.exp(-np.clip(scores, -500, 500))))
    return Trial(kind, scores, probabilities, max(1, round(fmean(rounds))), told)


def naive(sample: Sample, place: int, folds: int) -> Numbers:
    """Measure what a feature alone foretells, on the same parts."""
    scores = _by_part(
        sample, folds, lambda rest, own: tenths(sample.where(rest), place).scores(sample.rows[own])
    )
    probabilities = _by_part(
        sample, folds, lambda rest, own: tenths(sample.where(rest), place).probabilities(sample.rows[own])
    )
    return measured(sample.labels, probabilities, scores)


def best(trials: list[Trial]) -> Trial:
    """Return the trial of the least log loss, the first one of equals."""
    return min(trials, key=lambda t: t.told["log_loss"])


def _by_part(sample: Sample, folds: int, foretell: Callable[[Flags, Flags], Any]) -> Doubles:
    part = sample.folds(folds)
    probabilities = np.zeros(len(part))
    for fold in _parts(sample, folds):
        probabilities[part == fold] = foretell(part != fold, part == fold)
    return probabilities


def _parts(sample: Sample, folds: int) -> Iterator[int]:
    """Yield the parts that have rows."""
    part = sample.folds(folds)
    for fold in np.unique(part):
        rest = sample.labels[part != fold]
        if not rest.any() or rest.all():
            raise ModelError(
                "All rows of one label have the same few keys.", "Give the fit rows of more customers."
            )
        yield int(fold)
