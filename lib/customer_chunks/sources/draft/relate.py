"""How the columns of a sample hang together: lines of one order, articles and their names, dates.

Profiles of all columns -> ``Relations``.
"""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

from collections import Counter

from customer_chunks.sources.draft.equations import find_equation, find_growth, find_net, find_price_per_piece
from customer_chunks.sources.draft.profile import Profile
from customer_chunks.sources.draft.relations import STRONG, Relations, dependency, looks_like_id

_ROWS = 5000
_NUMBER_COLUMNS = 18


def relate(profiles: list[Profile]) -> Relations:
    """Return the relations of the columns of one sample."""
    found = Relations()
    found.duplicates = sum(
        n - 1 for n in Counter(zip(*[p.cells[:_ROWS] for p in profiles], strict=True)).values()
    )
    cells = [p.keys[:_ROWS] for p in profiles]
    _find_order(profiles, cells, found)
    _find_product(profiles, cells, found)
    _find_first_date(profiles, found)
    numbers = [n for n, p in enumerate(profiles) if p.type in {"integer", "decimal"} and p.distinct > 1]
    columns = {
        n: [profiles[n].floats.get(c) for c in profiles[n].cells[:_ROWS]] for n in numbers[:_NUMBER_COLUMNS]
    }
    find_equation(profiles, columns, found)
    find_net(profiles, columns, found)
    find_price_per_piece(profiles, cells, columns, found)
    if found.order is None and found.product is None:
        find_growth(profiles, columns, found)
    return found


def _contiguity(cells: list[str]) -> float:
    """Return 1 when equal values always stand together."""
    runs = sum(1 for n, c in enumerate(cells) if c and (n == 0 or c != cells[n - 1]))
    return len({c for c in cells if c}) / runs if runs else 0.0


def _find_order(profiles: list[Profile], cells: list[list[str]], found: Relations) -> None:
    """Find the id that repeats over neighbouring rows and has one date each."""
    dates = [n for n, p in enumerate(profiles) if p.type in {"date", "timestamp"}]
    best = 0.0
    for n, p in enumerate(profiles):
        if not looks_like_id(p) or p.share("email") > 0.5 or not 0.02 < p.unique_share < 0.97:
            continue
        dated = max((dependency(cells[n], cells[d])[0] for d in dates), default=0.0)
        together = _contiguity(cells[n])
        score = together + p.unique_share + dated
        if dates and together > 0.6 and dated < 0.6:
            found.hint(n, "order_id", -STRONG, "several dates each")
            found.hint(n, "customer_id", 1.0, "stands together, several dates each")
        if together > 0.6 and (dated >= 0.97 or not dates) and score > best:
            best, found.order = score, n
    if found.order is not None:
        found.hint(found.order, "order_id", STRONG, "repeats over neighbouring rows, one date each")
        _find_order_columns(profiles, cells, found.order, found)


def _find_order_columns(
    profiles: list[Profile], cells: list[list[str]], order: int, found: Relations
) -> None:
    """Find what all lines of an order share; the id among it that has several orders is the customer's."""
    keys = cells[order]
    alike = [
        n
        for n, p in enumerate(profiles)
        if n != order
        and (
            (p.distinct > 1 and dependency(keys, cells[n])[0] >= 0.97) or _on_first_line_only(keys, cells[n])
        )
    ]
    found.constant_in_order = frozenset(alike)
    found.on_first_lines = frozenset(n for n in alike if _on_first_line_only(keys, cells[n]))
    for n in alike:
        p = profiles[n]
        if not looks_like_id(p) or p.distinct <= max(8, 0.01 * p.filled):
            continue
        share, repeated = dependency(cells[n], keys)
        if not repeated:  # each value once: it stands on one line of its order, and comes back in none
            found.hint(n, "customer_id", -STRONG, "a new one for each order")
        elif share <= 0.9:
            found.hint(n, "customer_id", 1.8, "one per order, over several orders")
        elif p.distinct == profiles[order].distinct:
            found.hint(n, "order_id", 1.0, "changes with the order")


def _on_first_line_only(keys: list[str], values: list[str]) -> bool:
    """Return whether a value stands on one line of each order and the others are empty."""
    filled = [key for key, value in zip(keys, values, strict=True) if value]
    return 0 < len(filled) < 0.9 * len(keys) and len(set(filled)) == len(filled)


def _find_product(profiles: list[Profile], cells: list[list[str]], found: Relations) -> None:
    """Find the id that has one description each."""
    within = found.constant_in_order | {found.order}
    texts = [
        n for n, p in enumerate(profiles)
        if p.type == "text" and p.share("words") > 0.4 and p.distinct > 3 and n not in within
    ]  # fmt: skip
    ids = [
        n for n, p in enumerate(profiles)
        if n not in within and looks_like_id(p) and p.distinct >= 5
        and (p.unique_share <= 0.98 or found.order is None)
    ]  # fmt: skip
    best, name = 0.0, 0
    for n, text in ((n, text) for n in ids for text in texts if n != text):
        share, groups = dependency(cells[n], cells[text])
        if groups > 3 and share > max(0.85, best):
            best, found.product, name = share, n, text
    if found.product is None:
        return
    found.hint(found.product, "product_id", 2.5, "one description each")
    found.hint(name, "product_name", 2.0, "goes with the article")
    for n, p in enumerate(profiles):
        few = 1 < p.distinct < profiles[found.product].distinct * 2 / 3
        if n not in within | {found.product, name} and p.type == "text" and few:
            share, groups = dependency(cells[found.product], cells[n])
            if share > 0.95 and groups > 3:
                found.hint(n, "category", 1.0, "one per article")
                found.hint(n, "brand", 0.5, "one per article")


def _find_first_date(profiles: list[Profile], found: Relations) -> None:
    middles = {}
    for n, p in enumerate(profiles):
        if p.date and p.date.parsed:
            moments = sorted(p.date.parsed.values())
            middles[n] = moments[len(moments) // 2]
    recent = {n: at for n, at in middles.items() if at.year >= 2010} or middles
    if len(recent) > 1:
        found.hint(min(recent, key=lambda n: recent[n]), "ordered_at", 0.5, "the earliest of the dates")
