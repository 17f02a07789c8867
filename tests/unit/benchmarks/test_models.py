"""Answers of models are compared, and one that is worse is told."""

from __future__ import annotations

from argparse import Namespace

import pytest

from benchmarks.models import OURS, _compared, is_near, is_no_dearer


def test_cost_may_be_half_a_percent_above_and_parameters_a_thousandth_apart() -> None:
    assert is_no_dearer(100.4, 100.0)
    assert is_no_dearer(50.0, 100.0)
    assert not is_no_dearer(100.6, 100.0)
    assert is_near([0.2430, 4.414], [0.2431, 4.413])
    assert not is_near([0.2430, 4.414], [0.2440, 4.413])


@pytest.mark.parametrize(("second", "is_alike"), [(100.0, True), (120.0, False)])
def test_one_worse_answer_of_several_rounds_is_told(second: float, is_alike: bool) -> None:
    ours = iter([100.0, second, 100.0])
    contenders = {OURS: lambda: next(ours), "other": lambda: lambda: 100.0}
    args = Namespace(alone=False, rounds=3)
    found = {row["contender"]: row for row in _compared("k-means", "cost", contenders, args, is_no_dearer)}
    assert found["other"]["is_alike"] is is_alike
    assert found[OURS]["is_alike"]
    assert found["other"]["cost"] == "100"
