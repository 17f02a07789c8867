"""DBSCAN by its definition: every distance, and a walk from core point to core point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Known(NamedTuple):
    """Core points, the component of each core point, and for every point the components it may follow."""

    is_core: npt.NDArray[np.bool_]
    component: dict[int, int]
    followed: list[set[int]]


def known(points: npt.NDArray[np.float64], eps: float, at_least: int) -> Known:
    """Return what DBSCAN finds, with every choice that the order of border points leaves open."""
    near = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2) <= eps**2
    is_core = near.sum(axis=1) >= at_least
    component: dict[int, int] = {}
    for start in np.flatnonzero(is_core):
        if int(start) in component:
            continue
        number, waiting = len(set(component.values())), [int(start)]
        while waiting:
            here = waiting.pop()
            if here not in component:
                component[here] = number
                waiting += [int(n) for n in np.flatnonzero(near[here] & is_core) if int(n) not in component]
    followed = [{component[int(n)] for n in np.flatnonzero(row & is_core)} for row in near]
    return Known(is_core, component, followed)


def assert_same(
    found: npt.NDArray[np.int64], is_core: npt.NDArray[np.bool_], points: npt.NDArray[np.float64],
    eps: float, at_least: int,
) -> None:  # fmt: skip
    """Compare labels with the definition: the same core points and noise, components one to one."""
    truth = known(points, eps, at_least)
    assert (is_core == truth.is_core).all()
    pairs = {(int(found[n]), c) for n, c in truth.component.items()}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
    of_label = dict(pairs)
    for label, may_follow in zip(found, truth.followed, strict=True):
        assert (of_label[int(label)] in may_follow) if label >= 0 else not may_follow
