"""Customer rows, ids seen elsewhere and links -> records, golden records, consents, addressability."""

from __future__ import annotations

import json

import pytest
from pyspark.sql import SparkSession

from customer_chunks.contracts import contract
from customer_chunks.quality.rows import with_reasons
from customer_chunks.silver.addressability import addressability
from customer_chunks.silver.consents import consents, prepared_consents
from customer_chunks.silver.customer_links import customer_links
from customer_chunks.silver.customer_records import customer_records, prepared_records
from customer_chunks.silver.customers import customers
from customer_chunks.silver.keyed import judged_by_key
from customer_chunks.silver.wallet_preferences import prepared_preferences, wallet_preferences
from tests.builders import Row, by, frame, mapped, table_frame, values
from tests.unit.silver.judging import no_links


def judged_records(spark: SparkSession, rows: list[Row], feed: str = "people"):  # noqa: ANN201 - a frame
    prepared = prepared_records(
        mapped(spark, "customer_records", [{"_feed": feed, **r} for r in rows]), "shop"
    )
    return judged_by_key(with_reasons(prepared, contract("silver.customer_records").checks), ("updated_at",))


PEOPLE = [
    {
        "customer_id": "1",
        "email": "Ann@Example.COM",
        "phone": "0049 (30) 12-34",
        "first_name": " Ann ",
        "last_name": "van  der   Berg",
        "postal_code": "ec1a 1bb",
        "city": "Berlin",
        "street": " High  Street 1",
    },
    {"customer_id": "2", "phone": "+44 20 7946", "full_name": "Bo  Li", "first_name": "X"},
    {"customer_id": "3", "phone": "030/123", "email": "nonsense"},
    {"customer_id": "4", "phone": "none", "last_name": "Only", "birth_date": "1899-12-31"},
    {"customer_id": None, "email": "a@b.c"},
]


@pytest.fixture(scope="module")
def people(spark: SparkSession) -> dict[str | None, Row]:
    return by(judged_records(spark, PEOPLE), "source_customer_id")


def test_contact_points_are_standardised(people: dict[str | None, Row]) -> None:
    one = people["1"]
    assert (one["email"], one["phone"], one["postal_code"]) == ("ann@example.com", "+49301234", "EC1A 1BB")
    assert (one["first_name"], one["last_name"], one["full_name"]) == (
        "Ann",
        "van der Berg",
        "Ann van der Berg",
    )
    assert (one["street"], one["city"]) == ("High Street 1", "Berlin")
    assert (people["2"]["phone"], people["3"]["phone"], people["4"]["phone"]) == ("+44207946", "030123", None)
    assert (people["2"]["full_name"], people["4"]["full_name"], people["3"]["full_name"]) == (
        "Bo Li",
        "Only",
        None,
    )


def test_originals_are_kept_where_they_differ(people: dict[str | None, Row]) -> None:
    assert json.loads(people["1"]["originals"]) == {
        "email": "Ann@Example.COM", "phone": "0049 (30) 12-34", "first_name": " Ann ",
        "last_name": "van  der   Berg", "postal_code": "ec1a 1bb", "street": " High  Street 1",
    }  # fmt: skip
    assert json.loads(people["2"]["originals"]) == {"phone": "+44 20 7946", "full_name": "Bo  Li"}
    assert json.loads(people["4"]["originals"]) == {"phone": "none"}


def test_record_without_an_id_is_quarantined_and_odd_values_are_warned_of(
    people: dict[str | None, Row],
) -> None:
    assert (people[None]["_disposition"], people[None]["_reasons"]) == (
        "quarantined",
        ["customer_id.missing"],
    )
    assert people["3"]["_warnings"] == ["email.invalid"]
    assert people["4"]["_warnings"] == ["birth_date.implausible"]
    assert people["1"]["_warnings"] == []


def test_ids_seen_elsewhere_become_inferred_records(spark: SparkSession) -> None:
    seen = [
        frame(spark, {"_key": "string"}, [{"_key": k} for k in keys])
        for keys in (("1", "9", "9"), ("8", "9"))
    ]
    records = customer_records([judged_records(spark, PEOPLE)], seen, "shop", "web")
    found = by(records, "source_customer_id")
    assert {k: v["is_inferred"] for k, v in found.items()} == {
        "1": False, "2": False, "3": False, "4": False, "8": True, "9": True,
    }  # fmt: skip
    assert {(v["source"], v["namespace"]) for v in found.values()} == {("shop", "web")}
    assert (found["9"]["email"], found["9"]["originals"], found["1"]["email"]) == (
        None,
        None,
        "ann@example.com",
    )
    assert set(records.columns) == {
        c for c in contract("silver.customer_records").column_names if c != "_row_hash"
    }


def test_ids_alone_and_records_alone_are_records_too(spark: SparkSession) -> None:
    seen = frame(spark, {"_key": "string"}, [{"_key": "9"}])
    assert values(customer_records([], [seen], "shop", ""), "source_customer_id", "is_inferred") == [
        ("9", True)
    ]
    alone = customer_records([judged_records(spark, PEOPLE[:1])], [], "shop", "")
    assert values(alone, "source_customer_id", "is_inferred") == [("1", False)]


def test_of_several_feeds_the_newest_known_value_counts_and_ties_go_to_the_first(spark: SparkSession) -> None:
    first = judged_records(spark, [
        {"customer_id": "1", "city": "Old", "region": "R", "updated_at": "2024-01-01"},
        {"customer_id": "2", "city": "First", "updated_at": "2024-01-01"},
        {"customer_id": "3", "city": "Undated first"},
        {"customer_id": "4", "city": "Undated"},
    ])  # fmt: skip
    second = judged_records(spark, [
        {"customer_id": "1", "city": "New", "updated_at": "2024-01-02"},
        {"customer_id": "2", "city": "Second", "country": "DE", "updated_at": "2024-01-01"},
        {"customer_id": "3", "city": "Undated second"},
        {"customer_id": "4", "city": "Dated", "updated_at": "1899-12-30"},
    ], "more")  # fmt: skip
    found = by(customer_records([first, second], [], "shop", ""), "source_customer_id")
    assert {k: (v["city"], v["region"], v["country"], v["is_inferred"]) for k, v in found.items()} == {
        "1": ("New", "R", None, False),
        "2": ("First", None, "DE", False),
        "3": ("Undated first", None, None, False),
        "4": ("Dated", None, None, False),
    }


def a_record(source: str, key: str, **fields: object) -> Row:
    return {"source": source, "source_customer_id": key, "namespace": "", "is_inferred": False, **fields}


def test_record_is_linked_to_its_namespaced_id(spark: SparkSession) -> None:
    rows = [a_record("a", "1", namespace="w"), a_record("b", "1")]
    links = customer_links(table_frame(spark, "silver.customer_records", rows))
    assert values(links, "source", "source_customer_id", "customer_id", "evidence") == [
        ("a", "1", "w:1", "identity"), ("b", "1", "1", "identity"),
    ]  # fmt: skip


def test_golden_record_takes_the_first_known_value_own_records_before_inferred(spark: SparkSession) -> None:
    records = [
        a_record("a", "1", is_inferred=True, city="inferred", country="XX"),
        a_record("b", "1", city="second", email=None, region="from b"),
        a_record("a", "2", city="first", email=None),
        a_record("a", "3", city="alone"),
    ]
    links = [
        {"source": s, "source_customer_id": k, "customer_id": c, "evidence": "x"}
        for s, k, c in (("a", "1", "M"), ("b", "1", "M"), ("a", "2", "M"), ("a", "3", "N"))
    ]
    found = by(
        customers(
            table_frame(spark, "silver.customer_records", records),
            table_frame(spark, "silver.customer_links", links),
        ),
        "customer_id",
    )
    m = found["M"]
    assert (m["city"], m["region"], m["country"], m["email"], m["record_count"]) == (
        "first",
        "from b",
        "XX",
        None,
        3,
    )
    assert (found["N"]["city"], found["N"]["record_count"]) == ("alone", 1)


CONSENTS = [
    {
        "customer_id": "1",
        "purpose": "marketing",
        "channel": "email",
        "is_granted": True,
        "changed_at": "2024-01-01",
    },
    {
        "customer_id": "1",
        "purpose": "marketing",
        "channel": "email",
        "is_granted": False,
        "changed_at": "2024-01-03",
    },
    {
        "customer_id": "1",
        "purpose": "marketing",
        "channel": "email",
        "is_granted": True,
        "changed_at": "2024-01-02",
    },
    {"customer_id": "1", "purpose": "marketing", "is_granted": True, "changed_at": "2024-01-01"},
    {"customer_id": None, "purpose": "marketing", "is_granted": True, "changed_at": "2024-01-01"},
    {"customer_id": "2", "purpose": None, "is_granted": True, "changed_at": "2024-01-01"},
]


def test_newest_consent_of_customer_purpose_and_channel_counts(spark: SparkSession) -> None:
    prepared = prepared_consents(mapped(spark, "consents", CONSENTS), "shop")
    judged = judged_by_key(with_reasons(prepared, contract("silver.consents").checks), ("changed_at",))
    found = consents(judged, no_links(spark), "shop", "w:")
    assert values(found, "customer_id", "source_customer_id", "purpose", "channel", "is_granted") == [
        ("w:1", "1", "marketing", "any", True), ("w:1", "1", "marketing", "email", False),
    ]  # fmt: skip
    reasons = sorted(r["_reasons"] for r in judged.where("_disposition = 'quarantined'").collect())
    assert reasons == [["customer_id.missing"], ["purpose.missing"]]


def test_newest_saved_preference_counts(spark: SparkSession) -> None:
    rows = [
        {"customer_id": "1", "preference": "slot", "preference_value": "new", "saved_at": "2024-01-02"},
        {"customer_id": "1", "preference": "slot", "preference_value": "old", "saved_at": "2024-01-01"},
        {"customer_id": "1", "preference": "pay", "preference_value": "card"},
        {"customer_id": "1", "preference": None, "preference_value": "x"},
    ]
    prepared = prepared_preferences(mapped(spark, "wallet_preferences", rows), "shop")
    judged = judged_by_key(
        with_reasons(prepared, contract("silver.wallet_preferences").checks), ("saved_at",)
    )
    found = wallet_preferences(judged, no_links(spark), "shop", "")
    assert values(found, "customer_id", "preference", "preference_value") == [
        ("1", "pay", "card"),
        ("1", "slot", "new"),
    ]


def a_consent(
    customer: str, channel: str, granted: bool, day: str, source: str = "a", purpose: str = "marketing"
) -> Row:
    return {
        "customer_id": customer, "source_customer_id": customer, "purpose": purpose, "channel": channel,
        "is_granted": granted, "changed_at": day, "source": source,
    }  # fmt: skip


def test_customer_is_addressable_with_a_contact_point_and_no_withdrawal(spark: SparkSession) -> None:
    people = [
        {"customer_id": "all", "record_count": 1, "email": "e", "phone": "p", "street": "s", "city": "c"},
        {
            "customer_id": "own",
            "record_count": 1,
            "email": "e",
            "phone": "p",
            "street": "s",
            "postal_code": "1",
        },
        {"customer_id": "bare", "record_count": 1, "street": "s"},
    ]
    states = [
        a_consent("own", "any", False, "2024-01-05"),
        a_consent("own", "email", True, "2024-01-01"),
        a_consent("own", "phone", True, "2024-01-01"),
        a_consent("own", "phone", False, "2024-01-02", "b"),
        a_consent("all", "email", False, "2024-01-01", purpose="analytics"),
        a_consent("bare", "post", True, "2024-01-01"),
    ]
    found = addressability(
        table_frame(spark, "silver.customers", people), table_frame(spark, "silver.consents", states)
    )
    assert values(found, "customer_id", "channel", "has_contact_point", "has_consent", "is_addressable") == [
        ("all", "email", True, None, True),
        ("all", "phone", True, None, True),
        ("all", "post", True, None, True),
        ("bare", "email", False, None, False),
        ("bare", "phone", False, None, False),
        ("bare", "post", False, True, False),
        ("own", "email", True, True, True),
        ("own", "phone", True, False, False),
        ("own", "post", True, False, False),
    ]


def test_of_consents_given_at_one_moment_the_first_source_by_name_counts(spark: SparkSession) -> None:
    moment = {"customer_id": "c", "purpose": "marketing", "channel": "email", "changed_at": "2024-01-01"}
    states = [
        {**moment, "source": source, "source_customer_id": source, "is_granted": source == "app"}
        for source in ("web", "app", "crm")
    ]
    people = [{"customer_id": "c", "email": "a@b.c", "record_count": 3}]
    found = addressability(
        table_frame(spark, "silver.customers", people), table_frame(spark, "silver.consents", states)
    )
    assert by(found, "channel")["email"]["has_consent"] is True


def test_of_a_persons_two_records_in_one_source_a_withdrawal_counts(spark: SparkSession) -> None:
    moment = {"customer_id": "c", "purpose": "marketing", "channel": "email", "changed_at": "2024-01-01"}
    states = [
        {**moment, "source": "crm", "source_customer_id": name, "is_granted": name != "2"} for name in "123"
    ]
    people = [{"customer_id": "c", "email": "a@b.c", "record_count": 3}]
    found = addressability(
        table_frame(spark, "silver.customers", people), table_frame(spark, "silver.consents", states)
    )
    told = values(found.where("channel = 'email'"), "customer_id", "has_consent", "is_addressable")
    assert told == [("c", False, False)]


def test_name_of_blanks_is_no_name(spark: SparkSession) -> None:
    (row,) = judged_records(spark, [{"customer_id": "1", "first_name": "  ", "city": " \t "}]).collect()
    assert (row["first_name"], row["full_name"], row["city"]) == (None, None, None)
