"""The assignment that is best as a whole: each row gets one column or none, the sum of gains is greatest."""

from __future__ import annotations


def best_assignment(gains: list[list[float]]) -> list[int | None]:
    """Return for each row the column it is given, or None where nothing gains.

    The Hungarian method with potentials (Kuhn 1955; Jonker and Volgenant 1987) on the
    gains, in O(rows^2 x columns). Gains of zero or less are never taken.

    Args:
        gains: One list per row, all of one length.
    """
    if not gains or not gains[0]:
        return [None] * len(gains)
    rows, given = len(gains), len(gains[0])
    costs = [[-max(g, 0.0) for g in row] + [0.0] * rows for row in gains]
    columns = given + rows
    row_potential, column_potential = [0.0] * (rows + 1), [0.0] * (columns + 1)
    owner, way = [0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        owner[0], at = row, 0
        least, used = [float("inf")] * (columns + 1), [False] * (columns + 1)
        while owner[at]:
            used[at] = True
            at = _step(at, costs, owner, way, least, used, row_potential, column_potential)
        while at:
            owner[at], at = owner[way[at]], way[at]
    result: list[int | None] = [None] * rows
    for column in range(1, given + 1):
        row = owner[column]
        if row and gains[row - 1][column - 1] > 0:
            result[row - 1] = column - 1
    return result


def _step(
    at: int, costs: list[list[float]], owner: list[int], way: list[int], least: list[float], used: list[bool],
    row_potential: list[float], column_potential: list[float],
) -> int:  # fmt: skip
    """Grow the alternating tree by one column and return it."""
    row, delta, nearest = owner[at], float("inf"), 0
    for column in range(1, len(least)):
        if used[column]:
            continue
        reduced = costs[row - 1][column - 1] - row_potential[row] - column_potential[column]
        if reduced < least[column]:
            least[column], way[column] = reduced, at
        if least[column] < delta:
            delta, nearest = least[column], column
    for column in range(len(least)):
        if used[column]:
            row_potential[owner[column]] += delta
            column_potential[column] -= delta
        else:
            least[column] -= delta
    return nearest
