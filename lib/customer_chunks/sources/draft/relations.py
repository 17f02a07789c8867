"""How the columns of a sample hang together: groups, dependencies, and quantity x price = amount.

Profiles of all columns -> ``Relations``, whose hints say for a column and a role how much
the other columns speak for it (log-odds like; 3 is strong).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import permutations

from customer_chunks.sources.draft.profile import Profile

_ROWS = 5000
_STRONG = 3.0


@dataclass
class Relations:
    """What the columns say about each other; columns are positions."""

    order: int | None = None
    product: int | None = None
    hints: dict[tuple[int, str], float] = field(default_factory=lambda: defaultdict(float))
    reasons: dict[tuple[int, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    constant_in_order: frozenset[int] = frozenset()
    duplicates: int = 0

    def hint(self, column: int, role: str, weight: float, why: str) -> None:
        """Add evidence that a column plays a role."""
        self.hints[column, role] += weight
        self.reasons[column, role].append(why)


def looks_like_id(p: Profile) -> bool:
    """Return whether the values could name things: whole numbers or short codes, no amounts, no dates."""
    if p.type in {"date", "timestamp", "time", "decimal", "boolean", "empty"}:
        return False
    if p.type == "integer":
        return p.negative_share == 0 and (p.number is None or not p.number.sign)
    return p.mean_length <= 40 and not any(" " in v for v in p.some[:50])  # noqa: PLR2004 - ids are short


def relate(profiles: list[Profile]) -> Relations:
    """Return the relations of the columns of one sample."""
    found = Relations()
    rows = list(zip(*[p.cells[:_ROWS] for p in profiles], strict=True))
    found.duplicates = sum(n - 1 for n in Counter(rows).values())
    cells = [p.cells[:_ROWS] for p in profiles]
    _find_order(profiles, cells, found)
    _find_product(profiles, cells, found)
    _find_dates(profiles, found)
    numbers = [n for n, p in enumerate(profiles) if p.type in {"integer", "decimal"} and p.distinct > 1][:18]
    columns = {n: [profiles[n].floats.get(c) for c in cells[n]] for n in numbers}
    _find_equation(profiles, columns, found)
    _find_net(profiles, columns, found)
    _find_per_piece(profiles, cells, columns, found)
    return found


def dependency(keys: list[str], values: list[str]) -> tuple[float, int]:
    """Return the share of keys (of two rows or more) with one single value, and how many such keys there are."""
    groups: dict[str, set[str]] = defaultdict(set)
    sizes: Counter[str] = Counter()
    for key, value in zip(keys, values, strict=True):
        if key and value:
            groups[key].add(value)
            sizes[key] += 1
    several = [k for k, n in sizes.items() if n > 1]
    return (sum(len(groups[k]) == 1 for k in several) / len(several) if several else 0.0), len(several)


def _contiguity(cells: list[str]) -> float:
    """Return 1 when equal values always stand together."""
    runs = sum(1 for n, c in enumerate(cells) if c and (n == 0 or c != cells[n - 1]))
    return len({c for c in cells if c}) / runs if runs else 0.0


def _find_order(profiles: list[Profile], cells: list[list[str]], found: Relations) -> None:
    dates = [n for n, p in enumerate(profiles) if p.type in {"date", "timestamp"}]
    best = 0.0
    for n, p in enumerate(profiles):
        if not looks_like_id(p) or p.share("email") > 0.5 or not 0.02 < p.unique_share < 0.97:  # noqa: PLR2004
            continue
        dated = max(
            (dependency(cells[n], cells[d])[0] for d in dates if d != n), default=0.5 if not dates else 0.0
        )
        together = _contiguity(cells[n])
        if dated < 0.97 and dates:  # noqa: PLR2004 - an order has one date
            continue
        score = together + p.unique_share + dated
        if together > 0.6 and score > best:  # noqa: PLR2004 - lines of an order stand together
            best, found.order = score, n
    if found.order is None:
        return
    keys = cells[found.order]
    alike = frozenset(
        n for n in range(len(profiles)) if n != found.order and dependency(keys, cells[n])[0] >= 0.97
    )  # noqa: PLR2004
    alike |= {n for n in range(len(profiles)) if n != found.order and _on_first_line_only(keys, cells[n])}
    found.constant_in_order = alike
    found.hint(found.order, "order_id", _STRONG, "repeats over neighbouring rows, one date each")
    for n, p in enumerate(profiles):
        if n in alike and looks_like_id(p) and p.distinct > max(8, 0.01 * p.filled):  # noqa: PLR2004
            one_to_one = dependency(cells[n], keys)[0] > 0.9  # noqa: PLR2004
            if not one_to_one:
                found.hint(n, "customer_id", 1.8, "one per order, over several orders")
            elif p.distinct == profiles[found.order].distinct:
                found.hint(n, "order_id", 1.0, "changes with the order")


def _on_first_line_only(keys: list[str], values: list[str]) -> bool:
    """Return whether a value stands on one line of each order and the others are empty."""
    filled = [key for key, value in zip(keys, values, strict=True) if value]
    return 0 < len(filled) < 0.9 * len(keys) and len(set(filled)) == len(filled)  # noqa: PLR2004


def _find_product(profiles: list[Profile], cells: list[list[str]], found: Relations) -> None:
    texts = [
        n for n, p in enumerate(profiles) if p.type == "text" and p.share("words") > 0.4 and p.distinct > 3
    ]  # noqa: PLR2004
    best = 0.0
    for n, p in enumerate(profiles):
        if n == found.order or n in found.constant_in_order or not looks_like_id(p) or p.distinct < 5:  # noqa: PLR2004
            continue
        if p.unique_share > 0.98 and found.order is not None:  # noqa: PLR2004 - a line number names no article
            continue
        for text in texts:
            share, groups = dependency(cells[n], cells[text])
            if (
                text != n
                and text not in found.constant_in_order
                and share > 0.85
                and groups > 3
                and share > best
            ):  # noqa: PLR2004
                best, found.product = share, n
                name = text
    if found.product is None:
        return
    found.hint(found.product, "product_id", 2.5, "one description each")
    found.hint(name, "product_name", 2.0, "goes with the article")
    for n, p in enumerate(profiles):
        if (
            n not in {found.product, name}
            and p.type == "text"
            and p.distinct * 3 < profiles[found.product].distinct * 2
        ):
            share, groups = dependency(cells[found.product], cells[n])
            if share > 0.95 and groups > 3 and p.distinct > 1 and n not in found.constant_in_order:  # noqa: PLR2004
                found.hint(n, "category", 1.0, "one per article")
                found.hint(n, "brand", 0.5, "one per article")


def _find_dates(profiles: list[Profile], found: Relations) -> None:
    starts = {}
    for n, p in enumerate(profiles):
        if p.date and p.date.parsed:
            moments = sorted(p.date.parsed.values())
            starts[n] = moments[len(moments) // 2]
    recent = {n: at for n, at in starts.items() if at.year >= 2010} or starts  # noqa: PLR2004 - no birth dates
    if len(recent) > 1:
        first = min(recent, key=lambda n: recent[n])
        found.hint(first, "ordered_at", 0.5, "the earliest of the dates")


def _find_equation(profiles: list[Profile], columns: dict[int, list[float | None]], found: Relations) -> None:
    """Look for quantity x price = amount, with or without a discount."""
    best: tuple[float, tuple[int, int, int], int | None] | None = None
    for a, b, c in permutations(columns, 3):
        if not profiles[a].number or profiles[a].quantile(0.5) > 1000 or profiles[a].type != "integer":  # noqa: PLR2004
            continue
        for d in (None, *[n for n in columns if n not in {a, b, c} and profiles[n].zero_share > 0.02]):  # noqa: PLR2004
            share = _fits(columns, (a, b, c), d)
            if share > 0.9 and (best is None or share > best[0] + (0.02 if d is not None else 0)):  # noqa: PLR2004
                best = share, (a, b, c), d
    if best is None:
        return
    (a, b, c), d = best[1], best[2]
    text = "quantity x price - discount = amount" if d is not None else "quantity x price = amount"
    for column, role in ((a, "quantity"), (b, "unit_price"), (c, "line_amount")):
        found.hint(column, role, _STRONG, text)
    if d is not None:
        found.hint(d, "discount_amount", _STRONG, text)


def _find_net(profiles: list[Profile], columns: dict[int, list[float | None]], found: Relations) -> None:
    """Look for gross - discount = net: the net is what the line costs."""
    cuts = [n for n in columns if profiles[n].zero_share > 0.02]  # noqa: PLR2004
    for gross, cut, net in ((a, d, b) for d in cuts for a, b in permutations(columns, 2) if d not in {a, b}):
        tried = right = 0
        for x, d, y in zip(columns[gross], columns[cut], columns[net], strict=True):
            if x and d and y is not None:
                tried += 1
                right += abs(x - abs(d) - y) <= 0.011  # noqa: PLR2004 - a cent
        if tried >= 12 and right > 0.95 * tried:  # noqa: PLR2004
            _once(found, net, "line_amount", "gross - discount = amount", 1.5)
            _once(found, net, "order_amount", "gross - discount = amount", 1.0)
            _once(found, cut, "discount_amount", "gross - discount = amount", 1.5)
            _once(found, gross, "line_amount", "before discount", -1.5)


def _fits(columns: dict[int, list[float | None]], triple: tuple[int, int, int], minus: int | None) -> float:
    a, b, c = (columns[n] for n in triple)
    cut = columns[minus] if minus is not None else None
    tried = right = 0
    for n in range(min(len(a), 1500)):
        x, y, z = a[n], b[n], c[n]
        if x is None or y is None or z is None or x in {0, 1} or y == 0:
            continue
        less = abs(cut[n] or 0.0) if cut else 0.0
        if cut and not less and tried > 40:  # noqa: PLR2004 - rows without discount prove little
            continue
        tried += 1
        right += abs(x * y - (less if x > 0 else less) - z) <= 0.011 + 0.0006 * abs(z)
        if tried == 25 and right < 18:  # noqa: PLR2004 - hopeless
            return 0.0
    return right / tried if tried >= 12 else 0.0  # noqa: PLR2004 - too few to prove anything


def _find_per_piece(
    profiles: list[Profile], cells: list[list[str]], columns: dict[int, list[float | None]], found: Relations
) -> None:
    """Tell a price of one piece from an amount of the line: which of the two is fixed per article."""
    counts = [
        n
        for n in columns
        if profiles[n].type == "integer" and 1 < profiles[n].distinct < 200 and profiles[n].quantile(0.5) < 30
    ]  # noqa: PLR2004, E501
    keys = (
        [found.product]
        if found.product is not None
        else [
            n
            for n, p in enumerate(profiles)
            if looks_like_id(p)
            and n not in found.constant_in_order
            and n not in columns | dict.fromkeys([found.order])
        ][:4]
        + [
            n
            for n, p in enumerate(profiles)
            if n in columns and p.type == "integer" and p.quantile(0.5) > 1000
        ][:4]
    )  # noqa: PLR2004
    for key in keys:
        for count in counts:
            many = [n for n, q in enumerate(columns[count]) if q is not None and q not in {0.0}]
            if count == key or len(many) < 40:  # noqa: PLR2004
                continue
            for money in columns:
                if money in {count, key} or (
                    profiles[money].type == "integer" and profiles[money].quantile(0.5) < 20
                ):  # noqa: PLR2004
                    continue
                values = columns[money]
                lines = [n for n in many if values[n] not in {None, 0.0}]
                whole, groups = dependency(
                    [cells[key][n] for n in lines], [f"{values[n]:.3f}" for n in lines]
                )
                each, _ = dependency(
                    [cells[key][n] for n in lines],
                    [f"{values[n] / columns[count][n]:.2f}" for n in lines],  # type: ignore[operator]
                )
                if groups >= 8 and whole > 0.85 and each < 0.6:  # noqa: PLR2004
                    _once(found, money, "unit_price", "fixed per article", 1.5)
                    _once(found, count, "quantity", "the amount is a multiple of it", 0.5)
                elif groups >= 8 and each > 0.8 and whole < 0.6:  # noqa: PLR2004
                    _once(found, money, "line_amount", "grows with the quantity", 2.5)
                    _once(found, count, "quantity", "the amount is a multiple of it", 1.5)


def _once(found: Relations, column: int, role: str, why: str, weight: float) -> None:
    if why not in found.reasons[column, role]:
        found.hint(column, role, weight, why)
