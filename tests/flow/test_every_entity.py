"""Every entity besides orders, in two deliveries: what is new, newer, older, copied and broken of each."""

from __future__ import annotations

import pytest

from tests.flow.company import Company

MAPPING = """\
source: shop
namespace: w
currency: EUR
feeds:
  rates:
    path: "rates*.csv"
    entities:
      exchange_rates: {currency: code, valid_on: day, rate: rate}
  shelf:
    path: "shelf*.csv"
    entities:
      products: {product_id: id, product_name: name, category_path: path}
  people:
    path: "people*.csv"
    entities:
      customer_records: {customer_id: id, city: town, updated_at: at}
  permits:
    path: "permits*.csv"
    entities:
      consents:
        {customer_id: id, purpose: {value: marketing}, channel: channel, is_granted: yes, changed_at: at}
  wallet:
    path: "wallet*.csv"
    entities:
      wallet_preferences: {customer_id: id, preference: what, preference_value: choice, saved_at: at}
  letters:
    path: "letters*.csv"
    entities:
      engagements:
        {engagement_id: id, customer_id: who, engagement_type: kind, campaign_id: for, occurred_at: at}
  points:
    path: "points*.csv"
    entities:
      loyalty_events: {event_id: id, customer_id: who, event_type: kind, points: n, occurred_at: at}
  clicks:
    path: "clicks*.csv"
    entities:
      interactions: {customer_id: who, interaction_type: kind, session_id: visit, occurred_at: at}
"""
HEADERS = {
    "rates": "code,day,rate",
    "shelf": "id,name,path",
    "people": "id,town,at",
    "permits": "id,channel,yes,at",
    "wallet": "id,what,choice,at",
    "letters": "id,who,kind,for,at",
    "points": "id,who,kind,n,at",
    "clicks": "who,kind,visit,at",
}
FIRST = {
    "rates": ["USD,2024-01-01,0.9", "USD,2024-01-01,0.9", "GBP,2024-01-01,none"],
    "shelf": ["s1,Mug,Kitchen > Cups", "s2,Pen,Office", ",Nobody,Office"],
    "people": ["1,Lyon,2024-01-05", "2,Vigo,", "2,Vigo,"],
    "permits": ["1,email,yes,2024-01-01", "1,email,no,2024-01-03", "2,,maybe,2024-01-01"],
    "wallet": ["1,payment,card,2024-01-01", "1,slot,noon,2024-01-01", ",payment,card,2024-01-01"],
    "letters": ["e1,1,send,c1,2024-01-01", "e2,2,open,c1,2024-01-02", "e2,2,open,c1,2024-01-02"],
    "points": ["p1,1,earn,10,2024-01-01", "p2,2,earn,ten,2024-01-02"],
    "clicks": ["1,page_view,v1,2024-01-01", "1,page_view,v1,2024-01-01", ",search,v2,2024-01-01"],
}
SECOND = {
    "rates": ["USD,2024-01-01,0.95", "GBP,2024-01-01,1.2"],
    "shelf": ["s1,Big mug,Kitchen > Cups", "s3,Bag,"],
    "people": ["1,Old town,2024-01-02", "2,Nice,2024-02-01", "3,Bonn,"],
    "permits": ["1,email,yes,2024-01-02", "2,phone,yes,2024-01-04"],
    "wallet": ["1,payment,cash,2024-01-05", "1,slot,night,2023-12-31"],
    "letters": ["e1,1,send,c2,2024-01-01", "e3,9,click,c1,2024-01-03"],
    "points": ["p2,2,earn,5,2024-01-02", "p3,1,burn,-3,2024-01-03"],
    "clicks": ["1,page_view,v1,2024-01-01", "2,search,v3,2024-01-02"],
}
HELD = {
    "silver.exchange_rates": ("currency", "rate"),
    "silver.products": ("product_id", "product_name", "category"),
    "silver.customer_records": ("source_customer_id", "city", "is_inferred"),
    "silver.consents": ("customer_id", "channel", "is_granted"),
    "silver.wallet_preferences": ("customer_id", "preference", "preference_value"),
    "silver.engagements": ("engagement_id", "customer_id", "campaign_id"),
    "silver.loyalty_events": ("event_id", "customer_id", "points"),
    "silver.interactions": ("customer_id", "interaction_type", "session_id"),
}


def shown(company: Company) -> dict[str, list[tuple[str, ...]]]:
    """Return the tables as text, a decimal without the zeros behind it."""

    def text(value: object) -> str:
        told = str(value)
        return told.rstrip("0").rstrip(".") if "." in told else told

    return {
        table.split(".")[1]: [tuple(map(text, row)) for row in company.rows(table, *columns)]
        for table, columns in HELD.items()
    }


def parts(company: Company, run: str) -> dict[str, tuple[int, ...]]:
    """Return rows read, accepted, superseded, quarantined, copied and excluded, by feed."""
    rows = company.warehouse.read("ops.run_accounts").where(f"run_id = '{run}'").collect()
    return {
        r["feed"]: (
            r["rows_read"], r["inserted"] + r["updated"] + r["unchanged"], r["superseded"], r["quarantined"],
            r["duplicate"], r["excluded"],
        )
        for r in rows
    }  # fmt: skip


@pytest.mark.slow
def test_rows_of_every_entity_are_kept_overtaken_copied_and_quarantined(company: Company) -> None:
    company.maps(MAPPING)
    company.keeps_only = frozenset({*HELD, "silver.customer_links"})
    for name, lines in FIRST.items():
        company.brings(f"{name}1.csv", *lines, header=HEADERS[name])
    company.run()
    assert parts(company, "run-1") == {
        "rates": (3, 1, 0, 1, 1, 0),
        "shelf": (3, 2, 0, 1, 0, 0),
        "people": (3, 2, 0, 0, 1, 0),
        "permits": (3, 1, 1, 1, 0, 0),
        "wallet": (3, 2, 0, 1, 0, 0),
        "letters": (3, 2, 0, 0, 1, 0),
        "points": (2, 1, 0, 1, 0, 0),
        "clicks": (3, 2, 0, 0, 1, 0),
    }

    for name, lines in SECOND.items():
        company.brings(f"{name}2.csv", *lines, header=HEADERS[name])
    company.run()
    found = shown(company)
    assert found == {
        "exchange_rates": [("GBP", "1.2"), ("USD", "0.95")],
        "products": [
            ("w:s1", "Big mug", "Kitchen"), ("w:s2", "Pen", "Office"), ("w:s3", "Bag", "None"),
        ],
        "customer_records": [
            ("1", "Lyon", "False"), ("2", "Nice", "False"), ("3", "Bonn", "False"), ("9", "None", "True"),
        ],
        "consents": [("w:1", "email", "False"), ("w:2", "phone", "True")],
        "wallet_preferences": [("w:1", "payment", "cash"), ("w:1", "slot", "noon")],
        "engagements": [("w:e1", "w:1", "c2"), ("w:e2", "w:2", "c1"), ("w:e3", "w:9", "c1")],
        "loyalty_events": [("w:p1", "w:1", "10"), ("w:p2", "w:2", "5"), ("w:p3", "w:1", "-3")],
        "interactions": [
            ("w:1", "page_view", "v1"), ("w:2", "search", "v3"), ("None", "search", "v2"),
        ],
    }  # fmt: skip
    assert all(sum(row[1:]) == row[0] for row in parts(company, "run-2").values())

    open_rows = company.warehouse.read("silver.quarantine").where("replayed_at is null")
    assert sorted((r["entity"], *r["reason_codes"]) for r in open_rows.collect()) == [
        ("consents", "is_granted.unparsable"),
        ("exchange_rates", "rate.unparsable"),
        ("loyalty_events", "points.unparsable"),
        ("products", "product_id.missing"),
        ("wallet_preferences", "customer_id.missing"),
    ]
