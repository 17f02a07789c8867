"""Contracts of what is learnt: model versions, and the gold tables that they fill."""

from __future__ import annotations

from customer_chunks.contracts.gold import BASE, CUSTOMER, GONE, MONEY, NEW
from customer_chunks.contracts.table import HASH, Col, Table

AS_OF = Col("as_of", "date", "D: the first day not counted", required=True)
_VERSION = Col("model_version", "int", "version in ops.models", required=True)
_NUMBER = Col("segment_number", "int", "the segment; stays the same over fits", required=True)
_NAME = Col("segment", "string", "the segment's name; stays the same over fits", required=True)
TRAIT = (
    "struct<feature:string,label:string,level:string,unit:string,inside:double,outside:double,effect:double>"
)

MODELS = Table(
    "ops",
    "models",
    "one fit of one model",
    ("model", "version"),
    (
        Col("model", "string", "segments, customer_values...", required=True),
        Col("version", "int", "counted from 1", required=True),
        Col("alias", "string", "champion scores, challenger waits to be promoted; null: neither"),
        Col("as_of", "date", "D of the fit", required=True),
        Col("document", "string", "the model as JSON: class, parameters and what was learnt", required=True),
        Col("metrics", "map<string,double>", "what was measured of the fit", required=True),
        Col("notes", "array<string>", "why this one, and what is worth knowing", required=True),
        Col("inputs", "map<string,bigint>", "version of each input table", required=True, volatile=True),
        Col("package_version", "string", "of Customer Chunks", required=True),
        Col("run_id", "string", "the run that fitted it", required=True, volatile=True),
        Col("fitted_at", "timestamp", "when", unit="UTC", required=True, volatile=True),
        HASH,
    ),
    stats_on=("model", "version"),
    is_optional=True,
)

CUSTOMER_VALUES = Table(
    "gold",
    "customer_values",
    "one known customer with a purchase before D",
    ("customer_id",),
    (
        CUSTOMER,
        AS_OF,
        Col("repeats", "bigint", "days with a purchase after the first", unit="days", required=True),
        Col("last_days", "int", "first purchase to the last", unit="days", required=True),
        Col("age_days", "int", "first purchase to D, D not counted", unit="days", required=True),
        Col("repeat_spend", "double", "mean amount of a repeat day; null without one", unit=BASE),
        Col("probability_alive", "double", "that the customer has not left for good (BG/NBD)", required=True),
        Col("expected_purchases", "double", "days with a purchase within the horizon", required=True),
        Col("expected_spend", "double", "amount of such a day (gamma-gamma)", unit=BASE, required=True),
        Col(
            "lifetime_value",
            "double",
            "purchases x spend x margin within the horizon, discounted",
            unit=BASE,
            required=True,
        ),
        Col("horizon_days", "int", "what the value counts", unit="days", required=True),
        _VERSION,
        HASH,
    ),
    stats_on=("customer_id",),
    is_optional=True,
)

SEGMENTS = Table(
    "gold",
    "segments",
    "one customer of the segments' population",
    ("customer_id",),
    (
        CUSTOMER,
        AS_OF,
        _NUMBER,
        _NAME,
        Col("distance", "double", "to the segment's centre, in scaled units", required=True),
        Col("margin", "double", "0 at the border to another segment, 1 at the centre", required=True),
        Col("is_at_border", "boolean", "margin below 0.1", required=True),
        Col("is_far_off", "boolean", "unlike any segment", required=True),
        Col("segment_since", "date", "D of the first run in this segment without a break", required=True),
        Col("previous_segment_number", "int", "segment at the run before; null for who was in none"),
        Col("previous_segment", "string", "its name"),
        Col("previous_segment_since", "date", "since when"),
        Col("previous_as_of", "date", "D of the run before"),
        _VERSION,
        HASH,
    ),
    stats_on=("customer_id", "segment_number"),
    is_optional=True,
)

SEGMENT_PROFILES = Table(
    "gold",
    "segment_profiles",
    "one segment",
    ("segment_number",),
    (
        _NUMBER,
        _NAME,
        Col("description", "string", "what sets it apart, in words", required=True),
        AS_OF,
        Col("customers", "bigint", "in the segment", required=True),
        Col("customer_share", "double", "of all in segments", unit="share", required=True),
        Col("net_amount", MONEY, "of its customers, purchases less returns", unit=BASE, required=True),
        Col("net_amount_share", "double", "of all; null where the sum is not above zero", unit="share"),
        Col("at_border", "bigint", "customers at a border", required=True),
        Col("far_off", "bigint", "customers unlike any segment", required=True),
        Col("traits", f"array<{TRAIT}>", "what sets it apart, the strongest first", required=True),
        _VERSION,
        HASH,
    ),
    stats_on=("segment_number",),
    is_optional=True,
)

SEGMENT_FLOWS = Table(
    "gold",
    "segment_flows",
    "one pair of segments between which customers moved or stayed, at one D",
    ("as_of", "from_segment_number", "to_segment_number"),
    (
        AS_OF,
        Col("from_segment_number", "int", "at the run before; 0: in none", required=True),
        Col("to_segment_number", "int", "at this run; 0: in none", required=True),
        Col("from_segment", "string", f"its name; {NEW} for 0", required=True),
        Col("to_segment", "string", f"its name; {GONE} for 0", required=True),
        Col("from_as_of", "date", "D of the run before; null where there was none"),
        Col("customers", "bigint", "that were in the one and are in the other", required=True),
        Col("net_amount", MONEY, "of these customers as of D", unit=BASE, required=True),
        _VERSION,
        HASH,
    ),
    stats_on=("as_of",),
    is_optional=True,
)


def _foretold(name: str, grain: str, what: str) -> Table:
    return Table(
        "gold",
        name,
        grain,
        ("customer_id",),
        (
            CUSTOMER,
            AS_OF,
            Col("probability", "double", what, required=True),
            Col("score", "double", "log odds before calibration: parts equal probabilities", required=True),
            Col("rank", "bigint", "1 is the most likely of all", required=True),
            Col("segment_number", "int", "the customer's segment; null without segments"),
            Col("rank_in_segment", "bigint", "1 is the most likely of the segment; null without one"),
            Col("reasons", "array<string>", "what moved the score most, of the most likely customers"),
            Col("horizon_days", "int", "days ahead, from D on", unit="days", required=True),
            _VERSION,
            HASH,
        ),
        stats_on=("customer_id", "rank"),
        is_optional=True,
    )


CHURN_SCORES = _foretold(
    "churn_scores",
    "one known customer with a purchase before D",
    "that the customer buys nothing within the horizon",
)
HIGH_VALUE_SCORES = _foretold(
    "high_value_scores",
    "one known customer with a purchase before D",
    "that the customer is of those who spend most within the horizon",
)
