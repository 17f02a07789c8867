"""What one feature's tenths foretell, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from customer_chunks.models.baseline import tenths
from customer_chunks.models.sampled import Sample


def test_tenths_have_the_shares_of_their_rows_and_of_one_more() -> None:
    values = np.arange(100.0)
    labels = values >= 50
    found = tenths(Sample(values[:, None], labels, np.arange(100)), 0)
    assert found.cuts == (9.0, 19.0, 29.0, 39.0, 49.0, 59.0, 69.0, 79.0, 89.0)
    rows = np.array([[-1.0], [9.0], [49.0], [50.0], [1e9], [np.nan]])
    low, high = 0.5 / 11, 10.5 / 11
    assert found.probabilities(rows).tolist() == pytest.approx([low, low, low, high, high, 0.5])


def test_rows_are_ranked_by_the_feature_the_way_it_goes() -> None:
    values = np.array([3.0, 1.0, np.nan, 2.0, 4.0])
    falling = tenths(Sample(values[:, None], np.array([False, True, True, True, False]), np.arange(5)), 0)
    assert falling.scores(values[:, None]).tolist() == [-3.0, -1.0, -2.5, -2.0, -4.0]
    rising = Sample(values[:, None], np.array([True, False, False, False, True]), np.arange(5))
    assert tenths(rising, 0).measures(rising)["auc"] == 1.0


def test_equal_and_unknown_values_share_one_probability() -> None:
    rows = np.array([[1.0]] * 6 + [[np.nan]] * 4)
    labels = np.array([True] * 3 + [False] * 3 + [True] * 4)
    found = tenths(Sample(rows, labels, np.arange(10)), 0)
    assert found.probabilities(rows[[0, 9]]).tolist() == pytest.approx([3.7 / 7, 4.7 / 5])


def test_feature_that_is_never_known_gives_the_overall_share() -> None:
    rows, labels = np.full((4, 1), np.nan), np.array([True, False, False, False])
    assert tenths(Sample(rows, labels, np.arange(4)), 0).probabilities(rows).tolist() == [0.25] * 4
