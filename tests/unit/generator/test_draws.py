"""Draws follow their distributions and depend on nothing but seed, stream, entity and index."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from pyspark.sql import SparkSession

from customer_chunks.generator.draws import Dice, Floats, stream_key

IDS = np.arange(20_000)
DICE = Dice(7)


def distance(drawn: Floats, distribution: Callable[[Floats], Floats]) -> float:
    """Return the Kolmogorov-Smirnov distance between draws and a distribution function."""
    ordered = np.sort(drawn)
    expected, n = distribution(ordered), len(ordered)
    above = np.arange(1, n + 1) / n - expected
    below = expected - np.arange(n) / n
    return float(max(above.max(), below.max()))


def critical(n: int) -> float:
    """Return the distance that true draws exceed once in 10,000 times: sqrt(ln(2 / 0.0001) / 2 / n)."""
    return math.sqrt(math.log(2 / 0.0001) / 2 / n)


def erlang(shape: int) -> Callable[[Floats], Floats]:
    """Return the distribution function of Gamma(shape) for a whole shape: 1 - e^-x sum x^k / k!."""
    return lambda x: 1 - np.exp(-x) * sum(x**k / math.factorial(k) for k in range(shape))


def normal(x: Floats) -> Floats:
    return np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x])


@pytest.mark.parametrize(
    ("drawn", "distribution"),
    [
        (DICE.uniform("u", IDS), lambda x: x),
        (DICE.exponential("e", IDS), lambda x: 1 - np.exp(-x)),
        (DICE.normal("n", IDS), normal),
        (DICE.gamma("g1", IDS, 1.0), erlang(1)),
        (DICE.gamma("g5", IDS, 5.0), erlang(5)),
        (DICE.beta("b", IDS, 1.0, 4.0), lambda x: 1 - (1 - x) ** 4),
    ],
    ids=["uniform", "exponential", "normal", "gamma-1", "gamma-5", "beta-1-4"],
)
def test_draws_follow_their_distribution(drawn: Floats, distribution: Callable[[Floats], Floats]) -> None:
    assert distance(drawn, distribution) < critical(len(IDS))


def test_gamma_below_shape_one_has_its_mean_and_variance() -> None:
    drawn = DICE.gamma("small", IDS, 0.3)
    assert drawn.mean() == pytest.approx(0.3, abs=4 * math.sqrt(0.3 / len(IDS)))
    assert drawn.var() == pytest.approx(0.3, rel=0.1)


def test_poisson_has_its_mean_and_is_cut() -> None:
    drawn = DICE.poisson("poisson", IDS, 2.0, most=30)
    assert drawn.mean() == pytest.approx(2.0, rel=0.03)
    assert drawn.var() == pytest.approx(2.0, rel=0.05)
    assert DICE.poisson("poisson", IDS, 2.0, most=3).max() == 3


def test_choice_has_the_chances_of_its_weights() -> None:
    drawn = DICE.choice("choice", IDS, [1.0, 0.0, 3.0])
    assert (drawn == 0).mean() == pytest.approx(0.25, abs=0.015)
    assert not (drawn == 1).any()


def test_a_draw_does_not_depend_on_who_draws_beside() -> None:
    some = IDS[5_000:5_100][::-1]
    assert np.array_equal(DICE.gamma("g5", some, 5.0), DICE.gamma("g5", IDS, 5.0)[some])


def test_streams_indexes_and_seeds_are_unrelated() -> None:
    first = DICE.uniform("one", IDS)
    for other in (DICE.uniform("two", IDS), DICE.uniform("one", IDS, 1), Dice(8).uniform("one", IDS)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 4 / math.sqrt(len(IDS))


def test_stream_key_is_fixed_for_all_time() -> None:
    worked = bytes.fromhex("9a50cddf7d241b9e")  # printf '1/rate' | b2sum -l 64
    assert stream_key(1, "rate") == int.from_bytes(worked, "little", signed=True)


def test_columns_are_uniform_and_fixed_by_their_keys(spark: SparkSession) -> None:
    drawn = spark.range(5_000).select(DICE.column("c", "id").alias("u"), "id")
    found = np.array([r.u for r in drawn.collect()])
    assert distance(found, lambda x: x) < critical(len(found))
    again = {r.id: r.u for r in drawn.repartition(3).collect()}
    assert [again[n] for n in range(5_000)] == found.tolist()
