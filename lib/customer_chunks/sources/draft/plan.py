"""A reading -> the lines of one feed: entities, their fields, and what stays unmapped."""

from __future__ import annotations

from customer_chunks.contracts.entities import ENTITIES
from customer_chunks.sources.draft import dirt, expressions
from customer_chunks.sources.draft.complete import (
    complete_customers,
    complete_lines,
    complete_orders,
    complete_products,
)
from customer_chunks.sources.draft.expressions import Value
from customer_chunks.sources.draft.feed_plan import FeedPlan, Line
from customer_chunks.sources.draft.guess import Reading
from customer_chunks.sources.draft.model import Guess

_SURE = 0.75
_MERE = {"customer_id", "country"}


def plan_feed(name: str, reading: Reading) -> FeedPlan:
    """Return what the mapping should say about one kind of file."""
    plan = FeedPlan(name, reading)
    _map_columns(plan)
    if reading.kind == "lines":
        complete_lines(plan)
    if reading.kind in {"lines", "orders"}:
        complete_orders(plan)
    complete_customers(plan)
    complete_products(plan)
    plan.remarks += dirt.remarks(reading)
    _sort(plan)
    plan.guesses = [_guess(plan, n) for n in range(len(reading.decisions))]
    return plan


def refuse_incomplete(plans: list[FeedPlan]) -> None:
    """Take back entities that lack what the mapping demands, and say so in their place."""
    has_orders = any("orders" in p.entities and "ordered_at" in p.entities["orders"] for p in plans)
    for plan in plans:
        for entity, lines in plan.entities.items():
            lacking = [f.name for f in ENTITIES[entity].fields if f.required and f.name not in lines]
            if entity == "order_lines":
                if "ordered_at" not in lines and not has_orders:
                    lacking.append("ordered_at")
                if "line_amount" not in lines and not {"quantity", "unit_price"} <= lines.keys():
                    lacking.append("line_amount, or quantity and unit_price")
            if (
                plan.orders
                and plan.orders[0] == "customer_day"
                and not {"customer_id", "ordered_at"} <= lines.keys()
            ):
                plan.orders = ("each_row", "no order number: every row counts as one order")
            if lacking:
                plan.refused[entity] = f"no column was found for {', '.join(lacking)}"


def comment_of(confidence: float, why: str, value: Value, alternatives: tuple[str, ...] = ()) -> str:
    """Return the comment behind a line."""
    text = f"{confidence:.0%}  {why}" + (f"; {value.note}" if value.note else "")
    if value.doubt:
        return f"CHECK: {text}; {value.doubt}"
    if confidence < _SURE:
        others = f"; or {', '.join(alternatives)}?" if alternatives else ""
        return f"CHECK: {text}{others}"
    return text


def _map_columns(plan: FeedPlan) -> None:
    reading = plan.reading
    levels = [n for n, d in enumerate(reading.decisions) if d.role.startswith("category") and d.target]
    for n, decision in enumerate(reading.decisions):
        if decision.target is None or decision.role == "order_time" or n in levels:
            continue
        entity, _, name = decision.target.partition(".")
        value = _value(reading, n, entity, name)
        if value.doubt:
            decision.confidence = min(decision.confidence, 0.7)
        plan.put(
            entity, name, value, comment_of(decision.confidence, decision.why, value, decision.alternatives)
        )
    if levels:
        levels.sort(key=lambda n: reading.profiles[n].distinct)
        names = [expressions.quoted(reading.profiles[n].name) for n in levels]
        text = (
            reading.profiles[levels[0]].name if len(levels) == 1 else f"concat_ws(' > ', {', '.join(names)})"
        )
        first = reading.decisions[levels[0]]
        plan.put(
            "products",
            "category_path",
            Value(expressions.scalar(text)),
            comment_of(first.confidence, first.why, Value("")),
        )


def _value(reading: Reading, n: int, entity: str, name: str) -> Value:
    p = reading.profiles[n]
    kind = ENTITIES[entity].field(name).kind
    if name == "product_id":
        return expressions.product_id(p)
    if name == "discount_amount":
        return expressions.discount(p)
    if name == "is_return":
        rule = dirt.flag_rule(p)
        return Value(expressions.scalar(rule)) if rule else expressions.value_of(p, kind)
    time = reading.profile("order_time")
    if name == "ordered_at" and time is not None and time is not p:
        return expressions.date_and_time(p, time)
    return expressions.value_of(p, kind)


def _sort(plan: FeedPlan) -> None:
    order = [plan.main, *[e for e in ENTITIES if e != plan.main]]
    plan.entities = {
        e: {f: plan.entities[e][f] for f in ENTITIES[e].field_names if f in plan.entities[e]}
        for e in order
        if plan.entities.get(e)
    }


def _guess(plan: FeedPlan, n: int) -> Guess:
    decision, p = plan.reading.decisions[n], plan.reading.profiles[n]
    entity, _, name = (decision.target or "").partition(".")
    mapped = entity in plan.entities
    also = tuple(
        f"{other}.{f}"
        for other, lines in plan.entities.items()
        for f, line in lines.items()
        if mapped
        and (other, f) != (entity, name)
        and entity in plan.entities
        and f == name
        and line.value == plan.entities[entity].get(name, Line("", "")).value
    )
    return Guess(
        feed=plan.name,
        column=p.name,
        type=p.type,
        role=decision.role,
        entity=entity if mapped else None,
        field=name if mapped else None,
        confidence=decision.confidence,
        why=decision.why,
        alternatives=decision.alternatives,
        also=also,
    )
