"""Chance without state: every draw is a function of seed, stream, entity and index.

Nothing here remembers what was drawn before, so a row does not depend on the partition, the
batch or the cluster that makes it. Two dialects of the same idea:

* numpy, for the mathematics of behaviour: a counter-based generator. Key and counter pass twice
  through the finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom
  number generators", OOPSLA), the upper 53 bits become a uniform number.
* Spark columns, for words and dirt: ``xxhash64`` of stream and keys, the upper 53 bits again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import Column
from pyspark.sql import functions as F

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_ROUNDS = 24  # of rejection; the chance that a gamma draw needs more is below 1e-30
_SMALLEST_SHAPE = 1.0
_BITS = 53


def stream_key(seed: int, stream: str) -> int:
    """Return the signed 64-bit key of a stream of draws: a hash of the seed and the stream's name."""
    digest = hashlib.blake2b(f"{seed}/{stream}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


@dataclass(frozen=True)
class Dice:
    """The draws of one seed; ``stream`` names what is drawn, ``ids`` who draws, ``index`` which time."""

    seed: int

    def uniform(self, stream: str, ids: Ints, index: Any = 0) -> Floats:
        """Return numbers evenly spread over the open interval (0, 1), one per id.

        Args:
            stream: What is drawn.
            ids: Who draws; any integers.
            index: Which draw of theirs; a number or an array as long as ``ids``.
        """
        key = np.uint64(stream_key(self.seed, stream) & 0xFFFFFFFFFFFFFFFF)
        counter = np.asarray(index, dtype=np.int64).astype(np.uint64) * _GOLDEN
        mixed = _mixed(_mixed(ids.astype(np.uint64) * _GOLDEN + key) + counter + key)
        return ((mixed >> np.uint64(64 - _BITS)).astype(np.float64) + 0.5) * 2.0**-_BITS

    def chance(self, stream: str, ids: Ints, probability: Any, index: Any = 0) -> Bools:
        """Return true with the given probability (a number, or one per id)."""
        return np.asarray(self.uniform(stream, ids, index) < probability)

    def choice(self, stream: str, ids: Ints, weights: Sequence[float], index: Any = 0) -> Ints:
        """Return a place 0..n-1 with the chances ``weights`` (they need not sum to 1)."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        drawn = self.uniform(stream, ids, index) * edges[-1]
        place = np.minimum(np.searchsorted(edges, drawn, side="right"), len(edges) - 1)
        return np.asarray(place, dtype=np.int64)

    def exponential(self, stream: str, ids: Ints, index: Any = 0) -> Floats:
        """Return draws of the exponential distribution of mean 1: -ln u."""
        return -np.log(self.uniform(stream, ids, index))

    def normal(self, stream: str, ids: Ints, index: Any = 0) -> Floats:
        """Return standard normal draws (Box and Muller 1958)."""
        radius = np.sqrt(-2.0 * np.log(self.uniform(f"{stream}.radius", ids, index)))
        angle = 2.0 * np.pi * self.uniform(f"{stream}.angle", ids, index)
        return np.asarray(radius * np.cos(angle))

    def gamma(self, stream: str, ids: Ints, shape: float, index: Any = 0) -> Floats:
        """Return draws of the gamma distribution of this shape and scale 1.

        Marsaglia and Tsang 2000, "A simple method for generating gamma variables": rejection, where each
        try has its own counter. Below shape 1: a draw of shape + 1, times u^(1/shape).
        """
        if shape < _SMALLEST_SHAPE:
            boost = self.uniform(f"{stream}.boost", ids, index) ** (1.0 / shape)
            return np.asarray(self.gamma(stream, ids, shape + 1.0, index) * boost)
        d = shape - 1.0 / 3.0
        c = 1.0 / np.sqrt(9.0 * d)
        result = np.full(len(ids), d)
        counters = np.broadcast_to(np.asarray(index, dtype=np.int64), ids.shape) * _ROUNDS
        waiting = np.arange(len(ids))
        for attempt in range(_ROUNDS):
            who, counter = ids[waiting], counters[waiting] + attempt
            x = self.normal(stream, who, counter)
            v = np.maximum(1.0 + c * x, 0.0) ** 3
            log_u = np.log(self.uniform(f"{stream}.accept", who, counter))
            with np.errstate(divide="ignore"):
                is_taken = (v > 0) & (log_u < 0.5 * x * x + d - d * v + d * np.log(v))
            result[waiting[is_taken]] = (d * v)[is_taken]
            waiting = waiting[~is_taken]
            if not len(waiting):
                break
        return result

    def beta(self, stream: str, ids: Ints, a: float, b: float) -> Floats:
        """Return draws of Beta(a, b): X / (X + Y) of two gamma draws."""
        x, y = self.gamma(f"{stream}.a", ids, a), self.gamma(f"{stream}.b", ids, b)
        return np.asarray(x / (x + y))

    def poisson(self, stream: str, ids: Ints, mean: Any, most: int, index: Any = 0) -> Ints:
        """Return draws of the Poisson distribution, cut at ``most``: the distribution function, summed up."""
        drawn = self.uniform(stream, ids, index)
        mean = np.broadcast_to(np.asarray(mean, dtype=np.float64), drawn.shape)
        term = np.exp(-mean)
        reached, count = term.copy(), np.zeros(len(drawn), dtype=np.int64)
        for k in range(1, most + 1):
            count += drawn > reached
            term = term * mean / k
            reached = reached + term
        return count

    def column(self, stream: str, *keys: Column | str) -> Column:
        """Return a uniform number in [0, 1) as a Spark column, fixed by the keys."""
        hashed = F.xxhash64(F.lit(stream_key(self.seed, stream)), *keys)
        return F.shiftrightunsigned(hashed, 64 - _BITS) * F.lit(2.0**-_BITS)

    def pick(self, words: Column, stream: str, *keys: Column | str) -> Column:
        """Return an element of an array column, each with the same chance."""
        place = F.floor(self.column(stream, *keys) * F.size(words)).cast("int")
        return F.try_element_at(words, place + 1)

    def below(self, stream: str, limit: int, *keys: Column | str) -> Column:
        """Return a whole number 0..limit-1 as a Spark column."""
        return F.floor(self.column(stream, *keys) * F.lit(limit)).cast("int")


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * _MIX_1
    values = (values ^ (values >> np.uint64(27))) * _MIX_2
    return np.asarray(values ^ (values >> np.uint64(31)))
