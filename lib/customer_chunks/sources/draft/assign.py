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
    given = len(gains[0])
    tree = _Tree([[-max(g, 0.0) for g in row] + [0.0] * len(gains) for row in gains])
    for row in range(1, len(gains) + 1):
        tree.give(row)
    result: list[int | None] = [None] * len(gains)
    for column in range(1, given + 1):
        row = tree.owner[column]
        if row and gains[row - 1][column - 1] > 0:
            result[row - 1] = column - 1
    return result


class _Tree:
    """The alternating tree over a matrix of costs; row and column 0 stand for none."""

    def __init__(self, costs: list[list[float]]) -> None:
        self.costs = costs
        self.row_potential = [0.0] * (len(costs) + 1)
        self.column_potential = [0.0] * (len(costs[0]) + 1)
        self.owner = [0] * (len(costs[0]) + 1)
        self.way = [0] * (len(costs[0]) + 1)

    def give(self, row: int) -> None:
        """Give a row a column along the cheapest path, moving other rows where that pays."""
        self.owner[0], at = row, 0
        self.least = [float("inf")] * len(self.owner)
        self.used = [False] * len(self.owner)
        while self.owner[at]:
            self.used[at] = True
            at = self._grow(at)
        while at:
            self.owner[at], at = self.owner[self.way[at]], self.way[at]

    def _grow(self, at: int) -> int:
        """Grow the tree by one column and return it."""
        row, delta, nearest = self.owner[at], float("inf"), 0
        for column in range(1, len(self.owner)):
            if self.used[column]:
                continue
            reduced = (
                self.costs[row - 1][column - 1] - self.row_potential[row] - self.column_potential[column]
            )
            if reduced < self.least[column]:
                self.least[column], self.way[column] = reduced, at
            if self.least[column] < delta:
                delta, nearest = self.least[column], column
        for column, is_used in enumerate(self.used):
            if is_used:
                self.row_potential[self.owner[column]] += delta
                self.column_potential[column] -= delta
            else:
                self.least[column] -= delta
        return nearest
