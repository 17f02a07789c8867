"""A small seeded shop whose sales the corpus writes in the dialect of many systems.

Leaves plain dictionaries: one per order line, with everything a system could export
about the order, the customer and the article.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_FIRST = "Anna Bernd Clara David Elena Frank Greta Hugo Ines Jonas Karin Louis Maria Nils Olga Peter"
_LAST = "Adler Baker Costa Dupont Evans Fischer Garcia Hansen Ito Jansen Kowalski Lopez Moreau Novak"
FIRST, LAST = tuple(_FIRST.split()), tuple(_LAST.split())
CITIES = {
    "GB": ["London", "Leeds", "York"],
    "DE": ["Berlin", "Köln", "Münster"],
    "FR": ["Paris", "Nîmes", "Lyon"],
    "ES": ["Madrid", "Cádiz", "León"],
    "IT": ["Roma", "Milano", "Forlì"],
    "PL": ["Łódź", "Kraków", "Gdańsk"],
    "BR": ["São Paulo", "Recife", "Goiânia"],
    "US": ["Austin", "Boston", "Denver"],
    "NL": ["Utrecht", "Breda"],
    "SE": ["Malmö", "Umeå"],
    "TR": ["İzmir", "Muğla"],
    "CZ": ["Plzeň", "Děčín"],
    "RU": ["Москва", "Казань"],
    "JP": ["東京", "大阪"],
}
_THINGS = "lamp mug plate chair candle towel frame clock vase basket cushion bowl tray lantern"
_TINTS = "red blue green white black golden small large vintage wooden"
THINGS, TINTS = tuple(_THINGS.split()), tuple(_TINTS.split())
GROUPS = {"Kitchen": "Bowls", "Living": "Lighting", "Garden": "Decor", "Office": "Paper"}


@dataclass
class Shop:
    """How the shop looks: sizes, language of its places, first day, and its random numbers."""

    seed: int
    country: str = "GB"
    customers: int = 60
    products: int = 45
    orders: int = 160
    guests: float = 0.0
    lines: tuple[int, int] = (1, 5)
    start: datetime = datetime(2023, 1, 3, 9, 12, 5)
    step_minutes: tuple[int, int] = (40, 2400)
    discounts: bool = False
    returns: float = 0.0
    other_countries: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - a seeded play

    def people(self) -> list[dict[str, Any]]:
        """Return the customers."""
        rng, rows = self.rng, []
        for n in range(self.customers):
            country = (
                rng.choice(self.other_countries)
                if self.other_countries and rng.random() < 0.2
                else self.country
            )
            first, last = rng.choice(FIRST), rng.choice(LAST)
            born = datetime(1950, 1, 1) + timedelta(days=rng.randrange(19000))
            since = self.start - timedelta(days=rng.randrange(20, 900), minutes=rng.randrange(1400))
            rows.append(
                {
                    "n": n,
                    "cust": 12346 + n * 7,
                    "first": first,
                    "last": last,
                    "full": f"{first} {last}",
                    "email": f"{first}.{last}{n}@example.com".lower(),
                    "phone": f"+44 20 7{rng.randrange(10**6):06d}",
                    "street": f"{rng.choice(LAST)} Street {rng.randrange(1, 140)}",
                    "zip": f"{rng.randrange(10000, 99999)}",
                    "city": rng.choice(CITIES[country]),
                    "iso": country,
                    "born": born,
                    "since": since,
                    "gender": rng.choice("MF"),
                    "tier": rng.choice(["Gold", "Silver", "Bronze"]),
                    "updated": since + timedelta(days=rng.randrange(1, 300), minutes=rng.randrange(1400)),
                    "points": rng.randrange(0, 4000),
                    "optin": rng.choice([True, False]),
                    "age": 2026 - born.year,
                }
            )
        return rows

    def catalogue(self) -> list[dict[str, Any]]:
        """Return the articles."""
        rng, rows = self.rng, []
        things = self.words or THINGS
        for n in range(self.products):
            group = rng.choice(list(GROUPS))
            rows.append(
                {
                    "sku": 20700 + n * 13,
                    "code": f"{rng.choice('ABKT')}{1000 + n * 7}",
                    "cat": group,
                    "sub": GROUPS[group],
                    "name": f"{rng.choice(TINTS)} {rng.choice(things)} {n}".upper(),
                    "ean": f"40{rng.randrange(10**10):010d}{n % 10}",
                    "price": Decimal(rng.randrange(95, 6000)) / 100,
                    "brand": rng.choice(["Nordlys", "Casa", "Hearth", "Ovo"]),
                }
            )
        return rows

    def sales(self) -> list[dict[str, Any]]:
        """Return order lines in time order."""
        rng, people, goods = self.rng, self.people(), self.catalogue()
        at, rows, line_id = self.start, [], 0
        for n in range(self.orders):
            at += timedelta(minutes=rng.randint(*self.step_minutes), seconds=rng.randrange(60))
            person = people[min(int(rng.expovariate(1 / 20)), len(people) - 1)]
            guest, back = rng.random() < self.guests, rng.random() < self.returns
            chosen = rng.sample(goods, rng.randint(*self.lines))
            order = {
                "n": n,
                "order": 536365 + n * 3,
                "at": at,
                "guest": guest,
                "back": back,
                "pay": rng.choice(["card", "cash", "paypal"]),
                "ship": Decimal(rng.choice([0, 390, 590])) / 100,
                "store": rng.randrange(1, 6),
                "channel": rng.choice(["web", "store", "app"]),
                "paid": at + timedelta(hours=rng.randrange(1, 30)),
                "sent": at + timedelta(days=rng.randrange(1, 9)),
            }
            lines = []
            for k, thing in enumerate(chosen, 1):
                line_id += 1
                count = (-1 if back else 1) * min(1 + int(rng.expovariate(0.6)), 24)
                price = thing["price"]
                cut = (price * abs(count) * rng.choice([0, 0, 10, 20]) / 100).quantize(
                    Decimal("0.01"), ROUND_HALF_UP
                )
                cut = cut if self.discounts else Decimal("0.00")
                lines.append(
                    {"k": k, "line": line_id, "qty": count, "cut": cut, "sum": price * count - cut, **thing}
                )
            total = sum((line["sum"] for line in lines), Decimal(0))
            rows += [{**person, **order, **line, "total": total, "count": len(lines)} for line in lines]
        return rows


def tax(amount: Decimal, rate: int = 20) -> Decimal:
    """Return the tax inside a gross amount."""
    return (amount * rate / (100 + rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def comma(amount: Decimal) -> str:
    """Return 1234.50 as 1234,50."""
    return f"{amount:.2f}".replace(".", ",")


def dotted(amount: Decimal) -> str:
    """Return 1234.50 as 1.234,50."""
    return f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def money(amount: Decimal) -> str:
    """Return 1234.5 as 1234.50."""
    return f"{amount:.2f}"


def us(at: datetime) -> str:
    """Return a month-first date without padding, such as 12/1/2010 8:26."""
    return f"{at.month}/{at.day}/{at.year} {at.hour}:{at.minute:02d}"


def heads(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first line of each order."""
    return [row for row in rows if row["k"] == 1]
