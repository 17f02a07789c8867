"""A written made-up shop: its files, its mapping, what was planted in it, and the right answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .definitions import Oracle, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .raw import LineFeed


@dataclass(frozen=True)
class DirtyShop:
    """A folder with an export, and what is known about it without computing anything.

    Attributes:
        source: Name of the source in the mapping; the lines land in bronze.``source``_``feed_name``.
        feed_name: Name of the feed of order lines.
        mapping: The mapping as the product reads it.
        feed: The same, as the oracle reads it.
        planted: How many rows (orders, where the name ends in ``_orders``) of each kind of dirt were written.
        reason_counts: Quarantined rows by reason code, as planted.
        account: read, accepted, quarantined, duplicate and excluded rows of the feed of order lines.
        reporting_currency: What to set, in the product as in the oracle; None with one currency.
        categories: Category path by product id (capitals), as products.csv says it.
    """

    folder: Path
    source: str
    feed_name: str
    mapping: Path
    feed: LineFeed
    planted: Mapping[str, int]
    account: Mapping[str, int]
    reason_counts: Mapping[str, int] = field(default_factory=dict)
    reporting_currency: str | None = None
    categories: Mapping[str, str] = field(default_factory=dict)
    products: Path | None = None
    rates: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of order lines, in order of delivery."""
        return self.feed.files

    def oracle(self, **settings: Any) -> Oracle:
        """Return the right answers under the settings; the shop's reporting currency unless given."""
        chosen = {"reporting_currency": self.reporting_currency, **settings}
        return Oracle(self.feed, Settings(**chosen), categories=self.categories, rates=self.rates)
