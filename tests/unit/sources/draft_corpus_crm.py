"""Exports of customer, loyalty, consent, product and rate data."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.sources.draft_export import Export
from tests.unit.sources.draft_shop import Shop, comma, heads, money


def salesforce() -> Export:
    rows = Shop(40, "US", customers=220).people()
    return Export.of(
        "contacts_report.csv",
        {"customer_records"},
        rows,
        {
            "Contact ID": ("customer_id", lambda r: f"0035g00000{r['cust']}AAQ"),
            "Salutation": ("|gender", lambda r: "Ms." if r["gender"] == "F" else "Mr."),
            "First Name": ("first_name", lambda r: r["first"]),
            "Last Name": ("last_name", lambda r: r["last"]),
            "Title": ("", lambda r: "Buyer"),
            "Account Name": ("", lambda r: f"{r['last']} Ltd"),
            "Mailing Street": ("street", lambda r: r["street"]),
            "Mailing City": ("city", lambda r: r["city"]),
            "Mailing Zip/Postal Code": ("postal_code", lambda r: r["zip"]),
            "Mailing Country": ("country", lambda r: "United States"),
            "Phone": ("phone", lambda r: r["phone"]),
            "Email": ("email", lambda r: r["email"]),
            "Birthdate": ("birth_date", lambda r: f"{r['born']:%m/%d/%Y}"),
            "Created Date": ("registered_on", lambda r: f"{r['since']:%m/%d/%Y}"),
            "Last Modified Date": ("updated_at", lambda r: f"{r['updated']:%m/%d/%Y}"),
        },
    )


def mailchimp() -> Export:
    rows = Shop(41, "US", customers=220).people()
    return Export.of(
        "subscribed_members_export.csv",
        {"customer_records"},
        rows,
        {
            "Email Address": ("email", lambda r: r["email"]),
            "First Name": ("first_name", lambda r: r["first"]),
            "Last Name": ("last_name", lambda r: r["last"]),
            "Phone Number": ("phone", lambda r: r["phone"]),
            "Birthday": ("birth_date|", lambda r: f"{r['born']:%Y-%m-%d}"),
            "MEMBER_RATING": ("", lambda r: r["n"] % 5 + 1),
            "OPTIN_TIME": ("registered_on", lambda r: f"{r['since']:%Y-%m-%d %H:%M:%S}"),
            "OPTIN_IP": ("", lambda r: f"10.0.{r['n'] % 200}.7"),
            "LAST_CHANGED": ("updated_at", lambda r: f"{r['updated']:%Y-%m-%d %H:%M:%S}"),
            "LEID": ("customer_id|", lambda r: 100000 + r["n"]),
            "TAGS": ("", lambda r: '"VIP"' if r["n"] % 9 == 0 else ""),
        },
    )


def german_customers() -> Export:
    rows = Shop(42, "DE", customers=220).people()
    return Export.of(
        "kundenstamm.csv",
        {"customer_records"},
        rows,
        {
            "Kundennr": ("customer_id", lambda r: r["cust"]),
            "Anrede": ("|gender", lambda r: "Frau" if r["gender"] == "F" else "Herr"),
            "Vorname": ("first_name", lambda r: r["first"]),
            "Name": ("last_name", lambda r: r["last"]),
            "Strasse": ("street", lambda r: r["street"]),
            "PLZ": ("postal_code", lambda r: r["zip"]),
            "Ort": ("city", lambda r: r["city"]),
            "Telefon": ("phone", lambda r: r["phone"]),
            "eMail": ("email", lambda r: r["email"]),
            "Geb.Datum": ("birth_date", lambda r: f"{r['born']:%d.%m.%Y}"),
            "Geschlecht": ("gender", lambda r: "w" if r["gender"] == "F" else "m"),
            "Kunde seit": ("registered_on", lambda r: f"{r['since']:%d.%m.%Y}"),
            "Bonusstufe": ("loyalty_tier", lambda r: r["tier"]),
            "Umsatz lfd. Jahr": ("", lambda r: comma(r["n"] * r["born"].day / 7)),
        },
        delimiter=";",
        encoding="windows-1252",
    )


def loyalty() -> Export:
    rows = heads(Shop(43, customers=70, orders=300).sales())
    return Export.of(
        "loyalty_ledger.csv",
        {"loyalty_events"},
        rows,
        {
            "LedgerID": ("event_id", lambda r: 700100 + r["n"]),
            "CardNumber": ("customer_id", lambda r: f"633{r['cust']:09d}"),
            "EventDate": ("occurred_at", lambda r: f"{r['at']:%Y-%m-%d %H:%M:%S}"),
            "EventType": ("event_type", lambda r: "EARN" if r["n"] % 4 else "REDEEM"),
            "Points": ("points", lambda r: int(r["total"]) if r["n"] % 4 else -200),
            "Balance": ("", lambda r: r["points"]),
            "TierAfter": ("tier", lambda r: r["tier"]),
            "ReceiptNo": ("order_id", lambda r: r["order"]),
        },
    )


def consents() -> Export:
    rows = Shop(44, customers=240).people()
    return Export.of(
        "consent_log.csv",
        {"consents"},
        rows,
        {
            "customer_id": ("customer_id", lambda r: r["cust"]),
            "purpose": ("purpose", lambda r: "marketing" if r["n"] % 3 else "analytics"),
            "channel": ("channel", lambda r: "email" if r["n"] % 2 else "sms"),
            "granted": ("is_granted", lambda r: "true" if r["optin"] else "false"),
            "timestamp": ("changed_at", lambda r: f"{r['since']:%Y-%m-%dT%H:%M:%S}Z"),
            "ip_address": ("", lambda r: f"10.1.{r['n'] % 200}.9"),
        },
    )


def email_events() -> Export:
    rows = heads(Shop(45, customers=80, orders=400).sales())
    return Export.of(
        "campaign_events.csv",
        {"engagements"},
        rows,
        {
            "EventId": ("engagement_id", lambda r: 5000 + r["n"]),
            "CampaignId": ("campaign_id", lambda r: f"CMP{r['n'] % 7}"),
            "SubscriberKey": ("customer_id", lambda r: r["cust"]),
            "EventType": ("engagement_type", lambda r: ["Sent", "Open", "Click"][r["n"] % 3]),
            "EventDate": (
                "occurred_at",
                lambda r: f"{r['at'].month}/{r['at'].day}/{r['at'].year} {r['at']:%I:%M:%S %p}",
            ),
            "Channel": ("channel", lambda r: "email"),
        },
    )


def web_events() -> Export:
    rows = Shop(46, customers=80, orders=300).sales()
    return Export.of(
        "clickstream.csv",
        {"interactions"},
        rows,
        event_time=("occurred_at", lambda r: f"{r['at']:%Y-%m-%d %H:%M:%S} UTC"),
        event_type=("interaction_type", lambda r: ["view", "cart", "purchase"][r["line"] % 3]),
        product_id=("product_id", lambda r: 44600000 + r["sku"]),
        category_code=("", lambda r: r["cat"].lower()),
        brand=("", lambda r: r["brand"].lower()),
        price=("", lambda r: money(r["price"])),
        user_id=("customer_id", lambda r: 541312140 + r["cust"]),
        user_session=("session_id", lambda r: f"72d76fde-8bb3-4e00-8c23-{r['order']:012x}"),
    )


def products() -> Export:
    rows = Shop(47, products=260).catalogue()
    return Export.of(
        "artikelstamm.csv",
        {"products"},
        rows,
        {
            "ArtikelNr": ("product_id", lambda r: r["code"]),
            "EAN": ("", lambda r: r["ean"]),
            "Artikelbezeichnung": ("product_name", lambda r: r["name"].title()),
            "Warengruppe": ("category_path", lambda r: r["cat"]),
            "Marke": ("brand", lambda r: r["brand"]),
            "VK brutto": ("list_price", lambda r: comma(r["price"])),
            "EK": ("", lambda r: comma(r["price"] / 3)),
            "Bestand": ("", lambda r: r["sku"] % 90),
        },
        delimiter=";",
        encoding="windows-1252",
    )


def rates() -> Export:
    shop = Shop(48)
    rows = [
        {
            "on": shop.start + timedelta(days=n // 3),
            "ccy": ["USD", "GBP", "SEK"][n % 3],
            "rate": 0.8 + shop.rng.random() / 9,
        }
        for n in range(300)
    ]
    return Export.of(
        "fx_rates.csv",
        {"exchange_rates"},
        rows,
        {
            "Date": ("valid_on", lambda r: f"{r['on']:%Y-%m-%d}"),
            "Currency": ("currency", lambda r: r["ccy"]),
            "Rate to EUR": ("rate", lambda r: f"{r['rate']:.5f}"),
        },
    )


def demographics() -> Export:
    rows = Shop(49, customers=240).people()
    return Export.of(
        "hh_demographic.csv",
        {"customer_records"},
        rows,
        AGE_DESC=("age_band", lambda r: ["19-24", "25-34", "35-44", "65+"][r["n"] % 4]),
        MARITAL_STATUS_CODE=("marital_status", lambda r: "AUB"[r["n"] % 3]),
        INCOME_DESC=("income_band", lambda r: ["Under 15K", "35-49K", "250K+"][r["n"] % 3]),
        HOMEOWNER_DESC=("home_ownership", lambda r: ["Homeowner", "Renter", "Unknown"][r["n"] % 3]),
        HH_COMP_DESC=("household_kind", lambda r: ["2 Adults Kids", "Single Female"][r["n"] % 2]),
        HOUSEHOLD_SIZE_DESC=("household_size", lambda r: ["1", "2", "5+"][r["n"] % 3]),
        KID_CATEGORY_DESC=("", lambda r: ["None/Unknown", "1", "3+"][r["n"] % 3]),
        household_key=("customer_id", lambda r: r["n"] * 3 + 1),
    )


CRM = (
    salesforce,
    mailchimp,
    german_customers,
    loyalty,
    consents,
    email_events,
    web_events,
    products,
    rates,
    demographics,
)
