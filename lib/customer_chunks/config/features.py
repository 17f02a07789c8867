"""What customers are compared by: the part ``features`` of conf/settings.yml, and its defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass

from customer_chunks.config.document import Node
from customer_chunks.errors import ConfigError

NUMBER, CATEGORY = "number", "category"
KINDS = (NUMBER, CATEGORY)
MEDIAN, ZERO, MOST, LEAST = "median", "zero", "most", "least"
FILLS = (MEDIAN, ZERO, MOST, LEAST)
SCALES = ("robust", "standard", "none")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


@dataclass(frozen=True)
class Feature:
    """One thing that customers are compared by.

    Attributes:
        name: What it is called in tables and models.
        value: SQL over gold.customer_profiles; the column of its name where left out.
        kind: number or category.
        label: What people call it: days since the last purchase.
        unit: Of the number: days, orders; ``money`` is the reporting currency, ``share`` a percentage.
        high: An adjective for who has much of it, for names of segments; low: for who has little.
        missing: What a customer without a value counts as: median, zero, most, least, or a number.
        log: Compared by orders of magnitude.
        clip: Share of the customers at either end whose values count as the last one's before them.
        scale: robust (middle half), standard or none.
        weight: In the comparison; 0 describes segments without making them.
        levels: Most frequent values of a category that are told apart.
    """

    name: str
    value: str = ""
    kind: str = NUMBER
    label: str = ""
    unit: str = ""
    high: str = ""
    low: str = ""
    missing: str | float = MEDIAN
    log: bool = False
    clip: float = 0.005
    scale: str = "robust"
    weight: float = 1.0
    levels: int = 8

    @property
    def sql(self) -> str:
        """Return the expression."""
        return self.value or f"`{self.name}`"

    @property
    def called(self) -> str:
        """Return what people call it."""
        return self.label or self.name.replace("_", " ")


DEFAULT_FEATURES = (
    Feature(
        "recency_days", label="days since the last purchase", unit="days", high="lapsed", low="active",
        missing=MOST, log=True,
    ),
    Feature(
        "purchase_count", label="purchases", unit="orders", high="frequent", low="occasional",
        missing=ZERO, log=True,
    ),
    Feature(
        "average_order_value", label="average order", unit="money", high="big-basket", low="small-basket",
        log=True,
    ),
    Feature(
        "discount_affinity", label="purchases with a discount", unit="share", high="discount-seeking",
        low="full-price", missing=ZERO, weight=0.5,
    ),
    Feature(
        "return_rate", label="returns per purchase", unit="share", high="return-prone", missing=ZERO,
        weight=0.5,
    ),
    Feature(
        "engagement_score", label="campaigns answered", unit="share", high="campaign-responsive",
        missing=ZERO, weight=0.5,
    ),
    Feature(
        "interaction_count", label="web and app events", unit="events", high="digitally engaged",
        low="digitally inactive",
        missing=ZERO, log=True, weight=0.5,
    ),
    Feature(
        "tenure_days", label="days since the first purchase", unit="days", high="long-standing", low="new",
        missing=ZERO, weight=0,
    ),
    Feature("net_amount", label="amount spent", unit="money", high="high-value", low="low-value", weight=0),
    Feature(
        "coupon_redemption_count", label="coupons redeemed", unit="coupons", high="coupon-redeeming",
        missing=ZERO, log=True, weight=0,
    ),
    Feature("age_band", kind=CATEGORY, label="age", weight=0),
    Feature("income_band", kind=CATEGORY, label="income", weight=0),
    Feature("household_kind", kind=CATEGORY, label="household", weight=0),
    Feature("loyalty_tier", kind=CATEGORY, label="loyalty tier", weight=0),
    Feature("country", kind=CATEGORY, label="country", weight=0),
    Feature("favourite_category", kind=CATEGORY, label="favourite category", weight=0),
    Feature("favourite_channel", kind=CATEGORY, label="favourite channel", weight=0),
)  # fmt: skip
"""Behaviour makes segments; who people are describes them."""


def read_features(nodes: list[Node]) -> tuple[Feature, ...]:
    """Read the list ``features``; an entry that only names a default one takes the rest from there.

    Raises:
        ConfigError: a key is unknown, a value cannot be meant, or a name comes twice.
    """
    found: dict[str, Feature] = {}
    for node in nodes:
        feature = _feature(node)
        if feature.name in found:
            raise node.fail(f"feature '{feature.name}' comes twice.", "Leave one out, or give it a name.")
        found[feature.name] = feature
    if found and not any(f.weight > 0 for f in found.values()):
        raise ConfigError("No feature has a weight above 0.", "Segments are made of those that have.")
    return tuple(found.values()) or DEFAULT_FEATURES


def _feature(node: Node) -> Feature:
    name = node.needed("name")
    if not _NAME.match(name):
        raise node.fail(f"'{name}' is no name.", "Use small letters, digits and _.")
    base = next((f for f in DEFAULT_FEATURES if f.name == name), Feature(name))
    feature = Feature(
        name=name,
        value=node.text("value", base.value) or "",
        kind=node.choice("kind", KINDS, base.kind) or base.kind,
        label=node.text("label", base.label) or "",
        unit=node.text("unit", base.unit) or "",
        high=node.text("high", base.high) or "",
        low=node.text("low", base.low) or "",
        missing=_missing(node, base.missing),
        log=node.flag("log", default=base.log),
        clip=node.number("clip", base.clip, maximum=0.25),
        scale=node.choice("scale", SCALES, base.scale) or base.scale,
        weight=node.number("weight", base.weight, maximum=1000.0),
        levels=node.integer("levels", base.levels, minimum=1) or base.levels,
    )
    node.done()
    return feature


def _missing(node: Node, default: str | float) -> str | float:
    written = node.text("missing")
    if written is None:
        return default
    if written in FILLS:
        return written
    try:
        return float(written)
    except ValueError:
        raise node.fail(
            f"'missing' cannot be '{written}'.", f"Use {', '.join(FILLS)}, or a number."
        ) from None
