"""Sums that prove what a number is: quantity x price = amount, gross - discount = net, price per piece."""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

from itertools import permutations
from statistics import median

from customer_chunks.sources.draft.names import concepts_of
from customer_chunks.sources.draft.profile import Profile
from customer_chunks.sources.draft.relations import STRONG, Relations, dependency, looks_like_id

Numbers = dict[int, list[float | None]]
_OTHER = {"TAX", "SHIPPING", "FEE", "COST"}


def find_equation(profiles: list[Profile], columns: Numbers, found: Relations) -> None:
    """Look for quantity x price = amount, with or without a discount."""
    counts = [n for n in columns if profiles[n].type == "integer" and profiles[n].quantile(0.5) <= 1000]
    cuts = [None, *[n for n in columns if profiles[n].zero_share > 0.02]]
    best: tuple[float, tuple[int, int, int], int | None] = 0.0, (0, 0, 0), None
    for a, b, c in permutations(columns, 3):
        for d in cuts if a in counts else []:
            share = _fits(columns, (a, b, c), d) if d not in {a, b, c} else 0.0
            if share > max(0.9, best[0] + (0.02 if d is not None and best[0] else 0)):
                best = share, (a, b, c), d
    if not best[0]:
        return
    (a, b, c), d = best[1], best[2]
    text = "quantity x price - discount = amount" if d is not None else "quantity x price = amount"
    for column, role in ((a, "quantity"), (b, "unit_price"), (c, "line_amount")):
        found.hint(column, role, STRONG, text)
    if d is not None:
        found.hint(d, "discount_amount", STRONG, text)


def find_net(profiles: list[Profile], columns: Numbers, found: Relations) -> None:
    """Look for gross - discount = net: the net is what the line costs."""
    cuts = [
        n
        for n in columns
        if profiles[n].zero_share > 0.02 and not concepts_of(profiles[n].name).concepts & _OTHER
    ]
    for gross, cut, net in ((a, d, b) for d in cuts for a, b in permutations(columns, 2) if d not in {a, b}):
        tried = right = 0
        for x, d, y in zip(columns[gross], columns[cut], columns[net], strict=True):
            if x and d and y is not None:
                tried += 1
                right += abs(x - abs(d) - y) <= 0.011
        if tried >= 12 and right > 0.95 * tried:
            text = "gross - discount = amount"
            found.once(net, "line_amount", 1.5, text)
            found.once(net, "order_amount", 1.0, text)
            found.once(cut, "discount_amount", 1.5, text)
            found.once(gross, "line_amount", -1.5, "before discount")


def find_price_per_piece(
    profiles: list[Profile], cells: list[list[str]], columns: Numbers, found: Relations
) -> None:
    """Tell a price of one piece from an amount of the line: which of the two is fixed per article."""
    counts = [
        n for n in columns
        if profiles[n].type == "integer" and 1 < profiles[n].distinct < 200 and profiles[n].quantile(0.5) < 30
    ]  # fmt: skip
    money = [n for n in columns if profiles[n].type == "decimal" or profiles[n].quantile(0.5) >= 20]
    for key in _article_keys(profiles, columns, found):
        for count in counts:
            for amount in money:
                if len({key, count, amount}) == 3:
                    _weigh(cells[key], columns, count, amount, found)


def find_growth(profiles: list[Profile], columns: Numbers, found: Relations) -> None:
    """Tell amounts from prices where no article is known: three pieces cost at least twice what one costs."""
    counts = [n for n in columns if profiles[n].type == "integer" and 0 < profiles[n].quantile(0.5) < 10]
    money = [n for n in columns if profiles[n].type == "decimal"]
    for count, amount in ((a, b) for a in counts for b in money):
        pairs = [(x, y) for x, y in zip(columns[count], columns[amount], strict=True) if x and y]
        one, three = ([y for x, y in pairs if x == pieces] for pieces in (1, 3))
        if min(len(one), len(three)) >= 12 and median(three) >= 2 * median(one):
            found.once(amount, "line_amount", 2.5, "grows with the quantity")
            found.once(amount, "unit_price", -2.5, "grows with the quantity")
            found.once(count, "quantity", 3.2, "the amount grows with it")


def _article_keys(profiles: list[Profile], columns: Numbers, found: Relations) -> list[int]:
    if found.product is not None:
        return [found.product]
    ids = [
        n for n, p in enumerate(profiles)
        if looks_like_id(p) and n != found.order and n not in found.constant_in_order
        and (n not in columns or p.quantile(0.5) > 1000)
    ]  # fmt: skip
    return ids[:6]


def _weigh(keys: list[str], columns: Numbers, count: int, amount: int, found: Relations) -> None:
    rows = []
    for key, pieces, value in zip(keys, columns[count], columns[amount], strict=True):
        if pieces and value:
            rows.append((key, f"{value:.3f}", f"{value / pieces:.2f}"))
    if len(rows) < 40:
        return
    articles = [key for key, _, _ in rows]
    whole, groups = dependency(articles, [w for _, w, _ in rows])
    each, _ = dependency(articles, [e for _, _, e in rows])
    if groups >= 8 and whole > 0.85 and each < 0.6:
        found.once(amount, "unit_price", 1.5, "fixed per article")
        found.once(count, "quantity", 0.5, "the price does not grow with it")
    elif groups >= 8 and each > 0.8 and whole < 0.6:
        found.once(amount, "line_amount", 2.5, "grows with the quantity")
        found.once(count, "quantity", 1.5, "the amount grows with it")


def _fits(columns: Numbers, triple: tuple[int, int, int], minus: int | None) -> float:
    """Return the share of rows in which a x b (- d) = c, or 0 where too few rows could show it."""
    cuts = columns[minus] if minus is not None else None
    tried = right = 0
    for n, (x, y, z) in enumerate(zip(*[columns[k][:1500] for k in triple], strict=True)):
        if x is None or y is None or z is None or x in {0, 1} or y == 0:
            continue
        less = abs(cuts[n] or 0.0) if cuts else 0.0
        if cuts and not less and tried > 40:
            continue
        tried += 1
        right += abs(x * y - less - z) <= 0.011 + 0.0006 * abs(z)
        if tried == 25 and right < 18:
            return 0.0
    return right / tried if tried >= 12 else 0.0
