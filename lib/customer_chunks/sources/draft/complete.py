"""What a feed needs beside its columns: constants, rules for returns and charges, ids from elsewhere."""

from __future__ import annotations

from customer_chunks.sources.draft import dirt, expressions
from customer_chunks.sources.draft.feed_plan import FeedPlan, Line
from customer_chunks.sources.draft.names import concepts_of

_TELLING = ("full_name", "last_name", "first_name", "street", "city", "postal_code")


def complete_lines(plan: FeedPlan) -> None:
    """Fill in what order lines need beside their columns: a quantity, the kind of line."""
    lines = plan.entities.setdefault("order_lines", {})
    if "line_amount" not in lines and "unit_price" in lines and "quantity" not in lines:
        plan.put(
            "order_lines",
            "quantity",
            '{value: "1"}',
            "CHECK: no quantity was found: every row counts as one piece",
        )
    rule = dirt.kind_rule(plan.reading)
    if rule:
        plan.put("order_lines", "line_kind", rule[0], f"CHECK: {rule[1]}")
    if {"line_amount", "quantity", "unit_price"} <= lines.keys():
        at = plan.reading.position("line_amount")
        if not plan.reading.relations.reasons.get((at or 0, "line_amount")):
            plan.remarks.append(
                "line_amount is taken as it stands; leave it out where quantity x unit_price is meant"
            )


def complete_orders(plan: FeedPlan) -> None:
    """Fill in what orders need: which are returns, and what an order is where none has a number."""
    entity = plan.main
    lines = plan.entities.setdefault(entity, {})
    rule = dirt.return_rule(plan.reading)
    if rule:
        plan.put(entity, "is_return", expressions.scalar(rule[0]), f"CHECK: {rule[1]}")
    if "order_id" not in lines:
        day = (
            plan.reading.kind == "lines"
            and {"customer_id", "ordered_at"} <= lines.keys()
            and "product_id" in lines
        )
        plan.orders = (
            ("customer_day", "no order number: the rows of a customer on one day are one order")
            if day
            else ("each_row", "no order number: every row is one order; or customer_day?")
        )
    amount, charges = plan.reading.profile("order_amount"), plan.reading.profile("charges_amount")
    if amount and charges and "SUBTOTAL" not in concepts_of(amount.name).concepts:
        without = f"{{expr: {expressions.quoted(amount.name)} - {expressions.quoted(charges.name)}}}"
        said = lines["order_amount"].comment.removeprefix("CHECK: ")
        lines[
            "order_amount"
        ].comment = f"CHECK: {said}; meant is the goods' value: where it includes postage, {without}"


def complete_customers(plan: FeedPlan) -> None:
    """Give people an id to belong to, or leave their columns out."""
    person = plan.entities.get("customer_records")
    if person is None:
        return
    if "customer_id" not in person:
        same = plan.entities.get(plan.main, {}).get("customer_id")
        email = plan.reading.profile("email")
        if same is not None:
            plan.put("customer_records", "customer_id", same.value, "the same")
        elif email is not None:
            value = expressions.scalar(f"lower({expressions.quoted(email.name)})")
            plan.put(
                "customer_records",
                "customer_id",
                value,
                "CHECK: no customer number: the e-mail address tells people apart",
            )
            if plan.main in {"order_lines", "orders"}:
                plan.put(
                    plan.main,
                    "customer_id",
                    value,
                    "CHECK: no customer number: the e-mail address tells people apart",
                )
        else:
            plan.remarks.append(
                "columns about people have no customer id or e-mail to belong to, and stay unmapped"
            )
            del plan.entities["customer_records"]
            return
    _leave_bare_lines_out(plan, person)
    country = plan.entities.get(plan.main, {}).get("country")
    if country and plan.main in {"order_lines", "orders"}:
        plan.put("customer_records", "country", country.value, "the same, if it is the customer's")


def _leave_bare_lines_out(plan: FeedPlan, person: dict[str, Line]) -> None:
    """Name no customer on lines that repeat an order's e-mail without its name and address.

    Of several rows of a person the newest counts, and it would be a line that tells nothing.
    """
    email = plan.reading.profile("email")
    told = [role for role in _TELLING if plan.reading.position(role) in plan.reading.relations.on_first_lines]
    if email is None or not told or person["customer_id"].value != f"lower({expressions.quoted(email.name)})":
        return
    column = expressions.quoted(plan.reading.profiles[plan.reading.position(told[0]) or 0].name)
    whole = f"if(trim({column}) > '', lower({expressions.quoted(email.name)}), null)"
    person["customer_id"] = Line(
        expressions.scalar(whole),
        f"CHECK: the e-mail address tells people apart; only the first line of an order has {column}",
    )


def complete_products(plan: FeedPlan) -> None:
    """Give the columns about products their product id."""
    goods = plan.entities.get("products")
    if goods is None or plan.main == "products":
        return
    lines = plan.entities.get("order_lines", {})
    if "product_id" not in lines:
        plan.remarks.append("columns about products have no product id to belong to, and stay unmapped")
        del plan.entities["products"]
        return
    plan.put("products", "product_id", lines["product_id"].value, "the same")
    if "product_name" in lines:
        plan.put("products", "product_name", lines["product_name"].value, "the same")
