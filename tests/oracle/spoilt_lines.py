"""Cells of ordinary orders -> cells spoilt in known numbers: charges, bad values, torn records, repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .dirt import (
    ADJUSTED_SHARE,
    ADJUSTMENTS,
    CHARGED_SHARE,
    CHARGES,
    TOO_MANY_DIGITS,
    texts,
)
from .shop_orders import HUNDRED_THOUSAND

if TYPE_CHECKING:
    from collections.abc import Callable

    from .dirt import Sheet, Style
    from .shop_orders import Lines, Orders


def spoil_lines(rng: np.random.Generator, sheet: Sheet, orders: Orders, lines: Lines, style: Style) -> None:
    """Spoil cells of ordinary orders; each line in one way, except where two reasons are wanted."""
    cells = sheet.columns
    free = rng.permutation(np.flatnonzero(sheet.standing))
    used = 0

    def take(kind: str, fewest: int, share: float = 0.0) -> np.ndarray:
        nonlocal used
        count = max(fewest, int(free.size * share))
        chosen = free[used : used + count]
        if chosen.size < count:
            message = "too few lines for all kinds of dirt: ask for 1,500 or more."
            raise ValueError(message)
        used += count
        sheet.planted[kind] += count
        return chosen

    _write_charges(rng, sheet, orders, lines, style)
    free = free[sheet.standing[free] & ~np.isin(cells["StockCode"][free], [*CHARGES, *ADJUSTMENTS])]
    _spoil_values(take, sheet, rng, style)
    _spoil_shapes(take, sheet)
    cells["UnitPrice"][take("zero_price", 4, 0.003)] = style.number(0, 1, 0)
    cells["StockCode"][take("no_product", 3)] = ""
    cells["Description"][take("no_description", 3, 0.002)] = ""
    known = take("blank_customer", 5, 0.01)
    cells["Customer ID"][known] = ""
    _repeat_products(take("repeated_product", 6, 0.01), sheet, lines, style)


def _write_charges(
    rng: np.random.Generator, sheet: Sheet, orders: Orders, lines: Lines, style: Style
) -> None:
    """Turn the last line of some orders into a charge and the first line of others into an adjustment."""
    last = np.append(np.diff(lines.order) > 0, [True])
    ordinary = sheet.standing
    draw = rng.random(orders.sizes.size)[lines.order]
    charge = np.flatnonzero(last & ordinary & (draw < CHARGED_SHARE))
    adjustment = np.flatnonzero((lines.place == 0) & ordinary & (draw > 1 - ADJUSTED_SHARE) & ~last)
    cells = sheet.columns
    for chosen, codes in ((charge, CHARGES), (adjustment, ADJUSTMENTS)):
        weights = np.array([6, 3, 0.5, 0.5]) if codes is CHARGES else np.array([3, 2, 1.0])
        drawn = rng.choice(len(codes), chosen.size, p=weights / weights.sum())
        drawn[: len(codes)] = np.arange(len(codes))[: chosen.size]
        code = np.array(codes, dtype=object)[drawn]
        cells["StockCode"][chosen] = code
        cells["Description"][chosen] = code
        negative = np.isin(code, ["AMAZONFEE", "BANK CHARGES"])
        price = np.where(negative, -1, 1) * rng.integers(100, 2000, chosen.size) * 1000
        cells["UnitPrice"][chosen] = texts(price, lambda v: style.number(v, HUNDRED_THOUSAND, 2))
        back = np.isin(code, ["D", "SAMPLES"])
        cells["Quantity"][chosen] = np.where(back, "-1", "1")
        for name in codes:
            sheet.planted[name] += int((code == name).sum())


def _spoil_values(
    take: Callable[..., np.ndarray], sheet: Sheet, rng: np.random.Generator, style: Style
) -> None:
    """Plant what must end in quarantine by a row rule."""
    price, minus = (style.number(v * HUNDRED_THOUSAND // 100, HUNDRED_THOUSAND, 2) for v in (295, -450))
    dates = ("31.02.2011", "29.02.2011", "31.11.2011") if style.decimal_comma else (
        "2/31/2011 10:15", "31/02/2011 10:15", "2/29/2011 9:00")  # fmt: skip
    bad_date = ("ordered_at.unparsable",)
    plan: tuple[tuple[str, int, dict[str, str], tuple[str, ...]], ...] = (
        ("negative_price", 4, {"UnitPrice": minus}, ("unit_price.negative",)),
        ("text_quantity", 4, {"Quantity": "abc"}, ("quantity.unparsable",)),
        ("huge_quantity", 3, {"Quantity": TOO_MANY_DIGITS}, ("quantity.unparsable",)),
        ("text_price", 3, {"UnitPrice": "n/a"}, ("unit_price.unparsable",)),
        ("text_date", 3, {"InvoiceDate": "yesterday"}, bad_date),
        *((f"impossible_date_{i}", 2, {"InvoiceDate": d}, bad_date) for i, d in enumerate(dates)),
        ("no_date", 3, {"InvoiceDate": ""}, ("ordered_at.missing",)),
        ("no_quantity", 2, {"Quantity": ""}, ("line_amount.missing",)),
        ("no_price", 2, {"UnitPrice": ""}, ("line_amount.missing",)),
        ("no_amount", 1, {"Quantity": "", "UnitPrice": ""}, ("line_amount.missing",)),
        ("no_order", 5, {"InvoiceNo": "", "UnitPrice": price}, ("order_id.missing",)),
        ("two_reasons", 2, {"Quantity": "xyz", "UnitPrice": minus},
         ("quantity.unparsable", "unit_price.negative")),
        ("three_reasons", 1, {"InvoiceNo": "", "InvoiceDate": "never", "Quantity": ""},
         ("order_id.missing", "ordered_at.unparsable", "line_amount.missing")),
    )  # fmt: skip
    copied: list[int] = []
    for kind, fewest, values, reasons in plan:
        chosen = take(kind, fewest, 0.0001)
        for column, value in values.items():
            sheet.columns[column][chosen] = value
        _lose(sheet, chosen, reasons)
        copied += chosen[:2].tolist() if kind == "text_quantity" else []
    sheet.planted["copies_of_quarantined"] = len(copied)
    sheet.reasons["quantity.unparsable"] += len(copied)
    sheet.copies = np.array(copied, dtype=np.int64)


def _spoil_shapes(take: Callable[..., np.ndarray], sheet: Sheet) -> None:
    """Plant records with too few or too many fields, and rows that a named mapping rule leaves out."""
    for kind, change in (("too_few_fields", -1), ("far_too_few_fields", -4), ("too_many_fields", 1)):
        chosen = take(kind, 3)
        sheet.misshapen.update(dict.fromkeys(chosen.tolist(), change))
        _lose(sheet, chosen, ("record.malformed",))
    tests = take("excluded", 6, 0.0005)
    sheet.columns["StockCode"][tests] = "TEST001"
    sheet.columns["Quantity"][tests[:2]] = "abc"
    sheet.standing[tests] = False
    sheet.excluded = tests
    sheet.planted["copies_of_excluded"] = 1
    sheet.copies = np.append(sheet.copies, tests[-1:])


def _lose(sheet: Sheet, chosen: np.ndarray, reasons: tuple[str, ...]) -> None:
    sheet.standing[chosen] = False
    sheet.lost[chosen] = True
    for reason in reasons:
        sheet.reasons[reason] += chosen.size


def _repeat_products(chosen: np.ndarray, sheet: Sheet, lines: Lines, style: Style) -> None:
    """Let the line before hold the same article in another quantity, which is no duplicate."""
    done: set[int] = set()
    for line in sorted(chosen.tolist()):
        before = line - 1
        fits = lines.order[before] == lines.order[line] and sheet.standing[before] and before not in done
        if not fits or sheet.columns["StockCode"][before] in (*CHARGES, *ADJUSTMENTS, ""):
            sheet.planted["repeated_product"] -= 1
            continue
        for name in ("StockCode", "Description", "UnitPrice"):
            sheet.columns[name][line] = sheet.columns[name][before]
        sheet.columns["Quantity"][line] = style.number(int(lines.thousandths[before]) + 1000, 1000, 0)
        done.add(line)
