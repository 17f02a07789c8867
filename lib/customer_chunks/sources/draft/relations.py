"""What the columns of a sample say about each other: the evidence that ``relate`` gathers."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from customer_chunks.sources.draft.profile import Profile

STRONG = 3.0
_LONGEST_ID = 40


@dataclass
class Relations:
    """What the columns say about each other; columns are positions.

    ``hints`` say for a column and a role how much the other columns speak for it
    (log-odds like; 3 is strong), ``reasons`` say why in words.
    """

    order: int | None = None
    product: int | None = None
    hints: dict[tuple[int, str], float] = field(default_factory=lambda: defaultdict(float))
    reasons: dict[tuple[int, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    constant_in_order: frozenset[int] = frozenset()
    on_first_lines: frozenset[int] = frozenset()
    duplicates: int = 0

    def hint(self, column: int, role: str, weight: float, why: str) -> None:
        """Add evidence that a column plays a role."""
        self.hints[column, role] += weight
        self.reasons[column, role].append(why)

    def once(self, column: int, role: str, weight: float, why: str) -> None:
        """Add evidence that may be found several times and counts once."""
        if why not in self.reasons[column, role]:
            self.hint(column, role, weight, why)


def looks_like_id(p: Profile) -> bool:
    """Return whether the values could name things: whole numbers or short codes, no amounts, no dates."""
    if p.type in {"date", "timestamp", "time", "decimal", "boolean", "empty"}:
        return False
    if p.type == "integer":
        return p.negative_share == 0 and (p.number is None or not p.number.sign)
    return p.mean_length <= _LONGEST_ID and not any(" " in v for v in p.some[:50])


def dependency(keys: list[str], values: list[str]) -> tuple[float, int]:
    """Return the share of keys with one single value among keys of two rows or more, and their number."""
    groups: dict[str, set[str]] = defaultdict(set)
    sizes: Counter[str] = Counter()
    for key, value in zip(keys, values, strict=True):
        if key and value:
            groups[key].add(value)
            sizes[key] += 1
    several = [k for k, n in sizes.items() if n > 1]
    return (sum(len(groups[k]) == 1 for k in several) / len(several) if several else 0.0), len(several)
