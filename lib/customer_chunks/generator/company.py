"""What there is to say about the simulated company: every parameter, its meaning and its default.

A mid-price department store chain in five countries of Europe. It has tills in its shops, an
e-commerce site, a loyalty card, a CRM for campaigns and an app; each system knows its customers
under numbers of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from customer_chunks.errors import ConfigError

ZONE = "Europe/Berlin"
"""The clock of the head office: of the tills, of opening days and of the reports."""

BASE_CURRENCY = "EUR"
UNTIL = date(2025, 1, 1)
DAILY = 30
FEWEST_CUSTOMERS, FEWEST_DAYS = 100, 30
MOST_CUSTOMERS, MOST_DAYS = 40_000_000, 1460
_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Country:
    """A market: its share of the customers, its money and the level of its prices."""

    code: str
    name: str
    share: float
    currency: str
    money: float
    """Units of its currency for one euro, on the first day."""
    price_level: float


COUNTRIES = (
    Country("DE", "Germany", 0.42, "EUR", 1.0, 1.00),
    Country("AT", "Austria", 0.08, "EUR", 1.0, 1.05),
    Country("FR", "France", 0.20, "EUR", 1.0, 1.00),
    Country("GB", "United Kingdom", 0.18, "GBP", 0.86, 1.08),
    Country("PL", "Poland", 0.12, "PLN", 4.30, 0.80),
)
CITIES_PER_COUNTRY = 8


@dataclass(frozen=True)
class Purchasing:
    """When customers buy: the BG/NBD model of Fader, Hardie and Lee (2005), Marketing Science 24(2).

    While alive a customer buys at random at rate lambda per day, lambda ~ Gamma(r, rate alpha) over
    customers. After each repeat purchase the customer drops out for good with probability p ~ Beta(a, b).
    """

    r: float = 0.85
    alpha: float = 18.0
    a: float = 1.0
    b: float = 5.5
    most_orders: int = 600
    """No customer buys more often; beyond what the rates above bring about."""


@dataclass(frozen=True)
class Spending:
    """What an order is worth: the Gamma-Gamma model of Fader and Hardie (2013, brucehardie.com/notes/025).

    An order's value z ~ Gamma(p, rate nu), nu ~ Gamma(q, rate gamma) over customers, in euros:
    the mean is p * gamma / (q - 1).
    """

    p: float = 5.0
    q: float = 4.0
    gamma: float = 34.0


@dataclass(frozen=True)
class Memberships:
    """Which systems know a customer: chances, independent of each other."""

    card: float = 0.62
    second_card: float = 0.04
    """of card holders: lost the card and got another number half-way"""
    account: float = 0.48
    second_account: float = 0.03
    crm: float = 0.55
    app: float = 0.30
    shows_card: float = 0.90
    logs_in: float = 0.92
    prospects: float = 0.04
    """known to some system, and never buying"""


@dataclass(frozen=True)
class Oddities:
    """Planted anomalies: share of the orders or customers that are odd, and how odd."""

    bulk_order: float = 0.0004
    bulk_factor: int = 40
    price_slip: float = 0.0003
    """an order whose prices have the decimal mark one place too far right"""
    reseller: float = 0.0010
    returns_abuser: float = 0.0010
    abuser_returns: float = 0.70
    fraudster: float = 0.0010
    fraud_orders: int = 12
    """a burst of dear web orders within two days of the first one"""
    outage_keeps: float = 0.05
    """share of the web orders that get through on the day of the outage"""
    price_error_factor: float = 0.1
    """of the prices of one category on one day"""


@dataclass(frozen=True)
class Drift:
    """What changes slowly from the first to the last day."""

    web_share_per_year: float = 0.06
    price_inflation_per_year: float = 0.03


@dataclass(frozen=True)
class Dirt:
    """How dirty the files are: chances per order, line, event or record, as named.

    A line or document has at most one kind of dirt, so that the truth can count each.
    """

    late_order: float = 0.010
    latest_days: int = 7
    duplicate_line: float = 0.004
    corrected_line: float = 0.003
    bad_date: float = 0.0006
    text_quantity: float = 0.0006
    negative_price: float = 0.0005
    missing_order_id: float = 0.0005
    duplicate_order: float = 0.006
    corrected_order: float = 0.004
    bad_order_date: float = 0.0010
    bad_order_item: float = 0.0015
    test_order: float = 0.0010
    spreadsheet_id: float = 0.02
    """till lines whose card and article went through a spreadsheet and end in .0"""
    other_case_id: float = 0.10
    """web orders whose ids are written in capitals or small letters"""
    duplicate_event: float = 0.003
    bad_event: float = 0.001
    typo: float = 0.08
    nickname: float = 0.10
    transliterated: float = 0.30
    """of names with letters beyond ASCII, in systems that lose them"""
    initial_only: float = 0.03
    capitals: float = 0.04
    old_address: float = 0.08
    shared_email: float = 0.25
    """of households: one e-mail address for all"""
    missing_email: float = 0.12
    missing_phone: float = 0.30
    moved: float = 0.06
    """records that are delivered again with a new address"""


@dataclass(frozen=True)
class Company:
    """A company of ``customers`` people over ``days`` days, and the seed that fixes all of it.

    Raises:
        ConfigError: a number that no company can be made of.
    """

    customers: int
    days: int
    seed: int = 1
    until: date = UNTIL
    """The first day that is not told any more."""
    daily: int = DAILY
    """Deliveries of one day each at the end; what came before is one delivery, the backfill."""
    purchasing: Purchasing = field(default_factory=Purchasing)
    spending: Spending = field(default_factory=Spending)
    memberships: Memberships = field(default_factory=Memberships)
    oddities: Oddities = field(default_factory=Oddities)
    drift: Drift = field(default_factory=Drift)
    dirt: Dirt = field(default_factory=Dirt)

    def __post_init__(self) -> None:
        _within("--customers", self.customers, FEWEST_CUSTOMERS, MOST_CUSTOMERS)
        _within("--days", self.days, FEWEST_DAYS, MOST_DAYS)
        _within("--seed", self.seed, 0, _LARGEST_SEED)
        _within("--daily", self.daily, 1, self.days)

    @property
    def begins_on(self) -> date:
        """The first day."""
        return self.until - timedelta(days=self.days)

    @property
    def last_delivery(self) -> int:
        """The number of the last delivery; 0 is the backfill, which a company without one leaves out."""
        return self.daily

    @property
    def backfill_days(self) -> int:
        """How many days the first delivery holds; 0 where every day has its own."""
        return self.days - self.daily

    def day(self, number: int) -> date:
        """Return the calendar day of a day number, from 0."""
        return self.begins_on + timedelta(days=number)


def _within(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ConfigError(
            f"{option} must be from {low:,} to {high:,}, got {value:,}.", "Choose a number within that."
        )
