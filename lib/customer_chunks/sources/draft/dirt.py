"""The dirt of real sales: cancelled orders by number, lines that are no products, guests, copies.

A reading -> expressions for ``is_return`` and ``line_kind``, and sentences for the draft.
"""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import re
from collections import Counter, defaultdict

from customer_chunks.sources.draft.expressions import flow, quoted, sql_text
from customer_chunks.sources.draft.guess import Reading
from customer_chunks.sources.draft.names import fold
from customer_chunks.sources.draft.profile import Profile
from customer_chunks.sources.draft.wordlists import (
    ADJUSTMENT_CODES,
    ADJUSTMENT_WORDS,
    CHARGE_CODES,
    CHARGE_WORDS,
)

_RETURN_PREFIXES = {
    "C",
    "CN",
    "CR",
    "CRN",
    "RET",
    "R",
    "RT",
    "RMA",
    "REF",
    "GS",
    "ST",
    "STO",
    "CAN",
    "CANC",
    "AV",
    "NC",
    "RETURN",
    "CM",
    "KOR",
    "ZW",
    "IADE",
    "NDC",
}
_RETURN_WORDS = (
    "return",
    "refund",
    "retour",
    "storno",
    "cancel",
    "rueck",
    "ruck",
    "gutschrift",
    "reso",
    "devol",
    "zwrot",
    "iade",
    "annul",
    "credit",
)
_FAMILY = re.compile(r"^(TEST|GIFT|ADJUST|SAMPLE|VOUCHER|COUPON|DISCOUNT)\d{1,6}$")
_PREFIX = re.compile(r"([A-Za-z]{1,6})[-_/ ]?\d.*")


def return_rule(reading: Reading) -> tuple[str, str] | None:
    """Return (expression, why) where a letter prefix of the order number marks returns."""
    order = reading.profile("order_id")
    if order is None or not order.filled:
        return None
    prefixes: dict[str, list[int]] = defaultdict(list)
    for row, value in enumerate(order.cells):
        found = _PREFIX.fullmatch(value)
        prefixes[found[1] if found else ""].append(row)
    usual = max(prefixes, key=lambda k: len(prefixes[k]))
    rules, marked = [], 0
    for prefix, rows in prefixes.items():
        if not prefix or prefix == usual or len(rows) > 0.35 * order.filled:
            continue
        is_known = prefix.upper() in _RETURN_PREFIXES and len(rows) > 1
        if is_known or _negative_share(reading, rows) > 0.8:
            rules.append(f"{quoted(order.name)} LIKE {sql_text(prefix + '%')}")
            marked += len(rows)
    return (" OR ".join(rules), f"{marked} rows of the sample, marked by the order number") if rules else None


def flag_rule(p: Profile) -> str | None:
    """Return an expression where a few values of a column tell returns, or None for a plain flag."""
    if p.type == "boolean":
        return None
    chosen = [v for v in p.counts if any(word in fold(v) for word in _RETURN_WORDS)]
    return f"{quoted(p.name)} IN ({', '.join(sql_text(v) for v in sorted(chosen))})" if chosen else None


def kind_rule(reading: Reading) -> tuple[str, str] | None:
    """Return (YAML, why) for lines that are postage, fees or adjustments."""
    code, name = reading.profile("product_id"), reading.profile("product_name")
    if code is not None:
        charges, adjustments = _special_codes(code, name)
        test = f"upper({quoted(code.name)}) IN ({{}})"
    elif name is not None:
        charges, adjustments = (
            sorted({v.upper() for v in name.counts if _is_wholly(v, words)})
            for words in (CHARGE_WORDS, ADJUSTMENT_WORDS)
        )
        test = f"upper({quoted(name.name)}) IN ({{}})"
    else:
        return None
    rules = {
        kind: test.format(", ".join(sql_text(v) for v in values))
        for kind, values in (("charge", charges), ("adjustment", adjustments))
        if values
    }
    return (flow(dict(rules)), "codes that are no products; add what is missing") if rules else None


def remarks(reading: Reading) -> list[str]:
    """Return sentences about guests, returns and copies."""
    said = []
    customer, quantity = reading.profile("customer_id"), reading.profile("quantity")
    if (
        customer
        and customer.null_share > 0
        and reading.kind in {"lines", "orders"}
        and not _only_first(reading)
    ):
        said.append(f"{customer.null_share:.0%} of the rows have no customer id: they count as guest orders")
    if quantity and quantity.negative_share > 0:
        said.append(
            f"{quantity.negative_share:.1%} of the quantities are negative: returns, by their negative amount"
        )
    price = reading.profile("unit_price")
    if price and price.negative_share > 0:
        said.append("some prices are negative: on product lines they are quarantined, on adjustments kept")
    if reading.relations.duplicates:
        said.append(
            f"{reading.relations.duplicates} of the rows looked at are exact copies; they are dropped, "
            "write `duplicates: keep` where a repeated line is a real second sale"
        )
    return said


def _only_first(reading: Reading) -> bool:
    at = reading.position("customer_id")
    return (
        at in reading.relations.constant_in_order and reading.profiles[at].null_share > 0.5
        if at is not None
        else False
    )


def _negative_share(reading: Reading, rows: list[int]) -> float:
    best = 0.0
    for role in ("quantity", "line_amount", "order_amount"):
        p = reading.profile(role)
        if p is not None:
            best = max(best, sum(p.floats.get(p.cells[r], 0.0) < 0 for r in rows) / len(rows))
    return best


def _special_codes(code: Profile, name: Profile | None) -> tuple[list[str], list[str]]:
    numeric = sum(n for v, n in code.counts.items() if any(c.isdigit() for c in v)) > 0.6 * code.filled
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for value, text in zip(code.cells, name.cells if name else [], strict=False):
        names[value][text] += 1
    charges, adjustments = set(), set()
    for value in code.counts:
        bare = re.sub(r"[\s_.-]+", "", value.upper())
        bare = bare if bare in CHARGE_CODES else _FAMILY.sub(r"\1", bare)
        told = names[value].most_common(1)[0][0] if names[value] else ""
        odd = numeric and not any(c.isdigit() for c in value)
        if bare in CHARGE_CODES and (len(bare) > 2 or odd or _is_wholly(told, CHARGE_WORDS)):
            charges.add(value.upper())
        elif bare in ADJUSTMENT_CODES and (len(bare) > 1 or odd):
            adjustments.add(value.upper())
        elif _is_wholly(told, CHARGE_WORDS) or (odd and _speaks_of(told, CHARGE_WORDS)):
            charges.add(value.upper())
        elif _is_wholly(told, ADJUSTMENT_WORDS) or (odd and _speaks_of(told, ADJUSTMENT_WORDS)):
            adjustments.add(value.upper())
    return sorted(charges), sorted(adjustments)


def _speaks_of(text: str, words: tuple[str, ...]) -> bool:
    return any(fold(word) in fold(text) for word in words)


def _is_wholly(text: str, words: tuple[str, ...]) -> bool:
    """Return whether the text is such a word and hardly more: "Versandkosten DE", not "Versandtasche"."""
    low = fold(text).strip()
    return any(re.match(rf"{re.escape(fold(w))}\b", low) and len(low) <= len(w) + 12 for w in words)
