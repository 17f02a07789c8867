"""Raw files of order lines -> orders, scores, KPIs, quarantine and account, by the definitions, in DuckDB.

Enters: a ``LineFeed`` and ``Settings``, optionally products and rates. Leaves: pandas frames
with Decimal amounts, dates and naive UTC instants. Where the definitions leave room, this is
how they are read here:

1. Values are trimmed, and an empty one is null. Exact duplicates compare untrimmed text.
2. ``.0`` is cut from ids that are digits only otherwise (``-?[0-9]+.0``), on all ids.
3. A malformed record has that one reason; its order id is still read from its place.
4. A line is judged by its own date for ``ordered_at.in_future``; conflict and missing rate
   are judged per order, over the lines that are left, and both may hold.
5. Lines in quarantine give an order neither attributes nor amounts; an order without an
   accepted line does not exist. quarantined_line_count counts received rows, copies too.
6. Source order is file name, then place in the file; ordered_at is the earliest instant.
7. The source's default currency fills orders, not lines: earliest non-null first.
8. is_return is an attribute like others (earliest non-null). A marked return with a
   positive amount is negated whole: quantities, discounts, amounts and charges.
9. order_amount is 0 for an order of charges or adjustments only; it is neither purchase
   nor return, but counts for D. Zero-amount marked orders are returns.
10. item_count is the sum of product quantities.
11. Category is the top level of the category path (``Settings.category_level="path"`` for
    all of it); an order touches a category by any accepted product line, free ones too.
12. KPIs, first purchases and RFM see accepted orders only; a first purchase among all of
    them, whatever the window. The value of dimension ``all`` is ``all``.
13. The window is ``D - window_days <= ordered_on < D``.
14. The reporting currency's own rate is 1. With one currency and no reporting currency the
    rate is 1 too.
15. orders "each_row": every accepted row; "customer_day": customer and reporting day, a
    guest's row stands alone. Their ids are the oracle's own and not to be compared.
16. line_amount, where mapped and empty, falls back to quantity x unit_price - discount.
17. Prices beyond 6 and quantities beyond 4 decimals are rounded HALF_UP before use.
18. Exponents, currency signs and blanks inside a number make it unparsable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from . import measures, statements
from .raw import LineFeed, read_instants, read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

FIELDS = (
    "order_id", "ordered_at", "customer_id", "product_id", "line_kind", "quantity", "unit_price",
    "discount_amount", "line_amount", "currency", "country", "channel", "store", "is_return",
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What a company chooses; ``ingested_at`` is when the files came (now by default)."""

    reporting_time_zone: str = "UTC"
    reporting_currency: str | None = None
    as_of: date | None = None
    window_days: int | None = None
    net_of_returns: bool = True
    category_level: str = "top"
    ingested_at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


class Oracle:
    """The right answers for one feed of order lines.

    Args:
        feed: The files and what their columns mean.
        settings: What the company chooses.
        categories: Category path by product id, as the products feed says it; ids are
            normalised here but not put in capitals.
        rates: CSV file with the columns currency, valid_on (ISO) and rate.
    """

    def __init__(
        self,
        feed: LineFeed,
        settings: Settings | None = None,
        *,
        categories: Mapping[str, str] | None = None,
        rates: Path | None = None,
    ) -> None:
        """Read the files and judge every row."""
        self.feed = feed
        self.settings = settings or Settings()
        self._db = duckdb.connect()
        self._db.execute("SET threads = 2")
        self._db.execute(statements.CLEAN_ID)
        self._load_categories(categories or {})
        self._load_rates(rates)
        self._load_rows()
        for statement in statements.FROM_TYPED_TO_ORDERS:
            self._db.execute(self._filled(statement))
        self._check_currencies()

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Accepted lines; one row per delivery and row_number. Signs as in orders, source order."""
        return self._frame("SELECT * EXCLUDE (rate, category) FROM lines ORDER BY delivery, row_number")

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Accepted orders; one row per order_id, ordered_at in UTC."""
        return self._frame("SELECT * EXCLUDE (rate) FROM orders ORDER BY order_id")

    @cached_property
    def as_of(self) -> date | None:
        """D: as set, or the day after the newest accepted order; None without orders."""
        newest = self._rows("SELECT max(ordered_on) FROM orders")[0][0]
        return self.settings.as_of or (newest + timedelta(days=1) if newest else None)

    @cached_property
    def rfm_scores(self) -> pd.DataFrame:
        """One row per known customer with a purchase in the window."""
        window = self.settings.window_days
        totals = self._frame(
            statements.RFM_TOTALS,
            {
                "as_of": self.as_of or date.min,
                "window_days": window if window is not None else 10**6,
                "net": self.settings.net_of_returns,
            },
        )
        return measures.rfm_scores(totals)

    @cached_property
    def kpi_daily(self) -> pd.DataFrame:
        """One row per day, dimension and value in which a purchase or return exists."""
        return measures.with_average(self._frame(statements.KPI_DAILY))

    @cached_property
    def quarantine(self) -> pd.DataFrame:
        """One row per quarantined row: delivery (file name), row_number (from 1), sorted reasons."""
        frame = self._frame(statements.QUARANTINE)
        frame["reasons"] = [tuple(sorted(r)) for r in frame["reasons"]]
        return frame

    @cached_property
    def reason_counts(self) -> dict[str, int]:
        """Quarantined rows by reason code; a row counts under each of its reasons."""
        return dict(self._rows(statements.REASON_COUNTS))

    @cached_property
    def account(self) -> dict[str, int]:
        """Rows of the feed: read = accepted + quarantined + duplicate + excluded."""
        counts = dict(self._rows("SELECT fate, count(*) FROM judged GROUP BY 1"))
        account = {fate: counts.get(fate, 0) for fate in ("accepted", "quarantined", "duplicate", "excluded")}
        return {"read": sum(account.values()), **account}

    @cached_property
    def clock_gap_count(self) -> int:
        """Accepted lines whose wall-clock time did not exist and was shifted forward."""
        return int(self._rows("SELECT count(*) FROM judged WHERE fate = 'accepted' AND is_gap")[0][0])

    def _load_rows(self) -> None:
        feed = self.feed
        self._db.register("raw_rows", read_rows(feed))
        self._db.execute("CREATE TABLE raw AS SELECT * FROM raw_rows")
        when = feed.fields.get("ordered_at", "NULL")
        found = self._rows(f"SELECT DISTINCT ({when}) FROM raw")
        texts = [text for (text,) in found if text and text.strip()]
        self._db.register("instant_rows", read_instants(texts, feed, self.settings.reporting_time_zone))
        self._db.execute("CREATE TABLE instants AS SELECT * FROM instant_rows")

    def _load_categories(self, categories: Mapping[str, str]) -> None:
        depth = (lambda path: path.split(" > ")[0]) if self.settings.category_level == "top" else str
        rows = [(_clean_id(key), depth(path).strip() or None) for key, path in categories.items()]
        ids, values = zip(*rows, strict=True) if rows else ((), ())
        table = pa.table(
            {"product_id": pa.array(ids, pa.string()), "category": pa.array(values, pa.string())}
        )
        self._db.register("category_rows", table)
        self._db.execute(self._filled(statements.LOAD_CATEGORIES))

    def _load_rates(self, rates: Path | None) -> None:
        self._db.execute("CREATE TABLE rates (currency VARCHAR, valid_on DATE, rate DECIMAL(20, 12))")
        if rates is not None:
            self._db.execute(statements.LOAD_RATES, [str(rates)])

    def _filled(self, statement: str) -> str:
        """Return the statement with the feed's expressions and the settings in its places."""
        feed = self.feed
        number = {"decimal": feed.decimal, "thousands": feed.thousands, "pattern": _number_pattern(feed)}
        words = {f"f_{name}": f"({feed.fields.get(name, 'NULL')})" for name in FIELDS}
        words |= {f"l_{name}": _literal(value) for name, value in number.items()}
        words |= {
            "prefix": _literal(feed.prefix),
            "excluded": " OR ".join(f"coalesce({rule}, false)" for rule in feed.exclude.values()) or "false",
            "drop": "true" if feed.duplicates == "drop" else "false",
            "currency": _literal(feed.currency),
            "reporting_currency": _literal(self.settings.reporting_currency),
            "latest": _literal(f"{self.settings.ingested_at.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S.%f}"),
        }
        words["order_id"] = statements.ORDER_IDS[feed.orders].format_map(words)
        return statement.format_map(words)

    def _check_currencies(self) -> None:
        if self.settings.reporting_currency is None:
            found = [c for (c,) in self._rows("SELECT DISTINCT currency FROM orders ORDER BY 1") if c]
            if len(found) > 1:
                message = f"several currencies ({', '.join(found)}) need a reporting currency."
                raise ValueError(message)

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._db.sql(query).fetchall()

    def _frame(self, query: str, values: dict[str, object] | None = None) -> pd.DataFrame:
        frame: pd.DataFrame = self._db.sql(query, params=values or None).to_arrow_table().to_pandas()
        return frame


def _clean_id(text: str) -> str:
    return re.sub(r"^(-?[0-9]+)\.0$", r"\1", text.strip())


def _number_pattern(feed: LineFeed) -> str:
    point, group = re.escape(feed.decimal), re.escape(feed.thousands)
    whole = rf"([0-9]{{1,3}}({group}[0-9]{{3}})+|[0-9]+)" if feed.thousands else "[0-9]+"
    return rf"[+-]?({whole}({point}[0-9]*)?|{point}[0-9]+)"


def _literal(value: str | None) -> str:
    return "NULL::VARCHAR" if value is None else "'" + value.replace("'", "''") + "'"
