"""Counts -> bands one above the other, in proportion, with room for a label beside even the thinnest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from customer_chunks.serving.pictures.arrays import Doubles, doubles

THINNEST = 0.002
"""Least height of a band, as a share of the picture, so that a few customers among millions show."""


@dataclass(frozen=True)
class Band:
    """Where a band begins and ends, from 0 (top) to 1 (bottom), and the middle of its label."""

    start: float
    end: float

    @property
    def middle(self) -> float:
        """Return where the label stands."""
        return (self.start + self.end) / 2


@dataclass(frozen=True)
class End:
    """A segment at one side of flows, and its place."""

    name: str
    customers: int
    band: Band


def scale_of(sizes: list[float], room: float, gap: float) -> float:
    """Return the height of a band of size 1 where each has at least ``room``, and ``gap`` lies between."""
    counts = doubles(sizes)
    left = 1 - gap * (len(counts) - 1)
    is_small = np.zeros(len(counts), dtype=bool)
    scale = 0.0
    for _ in counts:
        scale = max(left - room * float(is_small.sum()), 0.0) / max(float(counts[~is_small].sum()), 1e-12)
        now_small = counts * scale < room
        if (now_small == is_small).all() or now_small.all():
            break
        is_small = now_small
    return scale


def bands(sizes: list[float], scale: float, room: float, gap: float) -> list[Band]:
    """Return the bands from top to bottom, each in the middle of its room; all of them are centred."""
    heights = np.maximum(doubles(sizes) * scale, THINNEST)
    rooms = np.maximum(heights, room)
    starts = _starts(rooms, gap) + (rooms - heights) / 2
    return [Band(float(start), float(start + height)) for start, height in zip(starts, heights, strict=True)]


def _starts(rooms: Doubles, gap: float) -> Doubles:
    """Return where each room begins; what is left of the height is shared out as wider gaps."""
    left = max(1 - float(rooms.sum()) - gap * (len(rooms) - 1), 0)
    between = gap + (left / (len(rooms) - 1) if len(rooms) > 1 else 0)
    return np.concatenate([[0.0], np.cumsum(rooms + between)[:-1]])


def flow_bands(
    flows: Mapping[tuple[str, str], int], ends: tuple[list[End], list[End]]
) -> dict[tuple[str, str], tuple[Band, Band]]:
    """Return where each flow leaves its left segment and reaches its right one, none on another."""
    filled = [{end.name: end.band.start for end in side} for side in ends]
    scales = [{end.name: (end.band.end - end.band.start) / end.customers for end in side} for side in ends]
    places = [{end.name: n for n, end in enumerate(side)} for side in ends]
    found = {}
    for pair in sorted(flows, key=lambda pair: (places[0][pair[0]], places[1][pair[1]])):
        both = []
        for name, so_far, scale in zip(pair, filled, scales, strict=True):
            start = so_far[name]
            so_far[name] = start + flows[pair] * scale[name]
            both.append(Band(start, so_far[name]))
        found[pair] = both[0], both[1]
    return found
