"""A sample of packed rows, the same one however they are partitioned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from customer_chunks.models.coreset import different
from customer_chunks.models.frequent import Weighed, candidates, counted, frequent, grouped
from customer_chunks.models.points import Drawn, Points
from customer_chunks.models.rows import (
    SHARES,
    Doubles,
    Floats,
    Keys,
    different_in,
    drawn_by,
    draws,
    in_order,
    keys_of,
)

_FEW_KINDS, _MOST_KINDS = 2_000, 20_000
"""Samples with few different rows are made of all of them, if these are not many."""
_RARE = 10
"""Where a sample has so many rows for each kind, every kind is in it."""


def sample(points: Points, size: int, seed: int) -> Floats:
    """Return about ``size`` rows, all where there are no more, sorted.

    Rows with ids are drawn each by itself. Of others, equal ones are drawn together; but rows that are one
    in 500 or more are there as often as their share of all tells. Where that brings few different rows, all
    different ones are there in proportion, or, where they are many, some thousand of them.
    """
    share = min(1.0, size / points.count)
    if share == 1.0:
        return points.chosen(lambda rows, _: rows)
    if points.has_ids:
        return in_order(_others(points, share, seed, np.empty(0)))
    told = candidates(points)
    often = frequent(points, told)
    found = _with_frequent(points, told, often, share, seed)
    different_ones = different_in(found)
    if different_ones > _FEW_KINDS:
        return found
    kinds = kinds_of(points)
    if kinds is None and different_ones < min(len(found), size) / 2:
        kinds = _some_kinds(points, often, seed)
    return found if kinds is None else _in_proportion(kinds, share)


def kinds_of(points: Points) -> Weighed | None:
    """Return the different rows, sorted, and how many there are of each; None where they are many."""
    width = points.width

    def joined(vectors: Sequence[Doubles]) -> Doubles:
        if any(len(vector) == 0 for vector in vectors):
            return np.empty(0)  # one block has too many
        told = np.concatenate(vectors).reshape(-1, width + 1)
        kinds = grouped(told[:, :width].astype(np.float32), told[:, width])
        if len(kinds.rows) > _MOST_KINDS:
            return np.empty(0)
        return np.column_stack([kinds.rows, kinds.weights]).ravel()

    def work(rows: Floats) -> Doubles:
        return joined([np.column_stack([rows, np.ones(len(rows))]).ravel()])

    found = points.merged(work, joined).reshape(-1, width + 1)
    return Weighed(found[:, :width].astype(np.float32), found[:, width]) if len(found) else None


def _some_kinds(points: Points, often: Weighed, seed: int) -> Weighed:
    """Return frequent rows and some of the other different ones, which stand for all of these, sorted."""
    rows = different(points, _MOST_KINDS, seed)
    rows = rows[~np.isin(draws(rows, 0), draws(often.rows, 0))]
    counts = counted(points, rows)
    counts *= (points.count - often.weights.sum()) / counts.sum()
    rows, counts = np.concatenate([often.rows, rows]), np.concatenate([often.weights, counts])
    order = np.lexsort(rows.T[::-1])
    return Weighed(rows[order], counts[order])


def _with_frequent(points: Points, told: Weighed, often: Weighed, share: float, seed: int) -> Floats:
    known = draws(often.rows, 0)
    found = _others(points, share, seed, known)
    if _while_packed(points, share, seed) is not None:  # which left candidates out where they are frequent
        is_missing = (drawn_by(keys_of(told.rows), seed) < share) & ~np.isin(draws(told.rows, 0), known)
        missing = np.repeat(told.rows[is_missing], told.weights[is_missing].astype(int), axis=0)
        found = np.concatenate([found, missing])
    return in_order(np.concatenate([found, _in_proportion(often, share)]))


def _others(points: Points, share: float, seed: int, known: Doubles) -> Floats:
    """Return the rows that were drawn while they were packed, or draw them now; none that is known."""

    def chosen(rows: Floats, keys: Keys) -> Floats:
        drawn = rows[drawn_by(keys, seed) < share]
        return drawn[~np.isin(draws(drawn, 0), known)] if len(known) else drawn

    packed = _while_packed(points, share, seed)
    return points.chosen(chosen) if packed is None else chosen(*packed.below(share))


def _while_packed(points: Points, share: float, seed: int) -> Drawn | None:
    if points.drawn is None or points.drawn.seed != seed or share > max(SHARES.values()):
        return None
    return points.drawn


def _in_proportion(kinds: Weighed, share: float) -> Floats:
    """Return each of some sorted rows as often as its weight tells; all of them where they are few."""
    wanted = kinds.weights * share
    # What one lacks by rounding, the next ones make up for.
    rounded = np.diff(np.floor(np.cumsum(wanted) + 0.5), prepend=0)
    least = 1 if len(wanted) * _RARE <= wanted.sum() else 0
    return np.repeat(kinds.rows, np.maximum(least, rounded).astype(int), axis=0)
