"""What a column can be: each role's header concepts, and the canonical field it fills in each kind of file.

A pattern is a set of concepts with a weight from 0 to 1; concepts in ``and_may`` may stand
beside them at no cost, ``blocks`` never. Sinks are roles that no canonical field takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from customer_chunks.sources.draft.names import Header

_EVERYWHERE = frozenset({"CODE", "GROSS", "NET"})
_HEAVY = frozenset({
    "TAX", "DISCOUNT", "SHIPPING", "COST", "FEE", "PROFIT", "STATUS", "PERCENT", "PAYMENT", "DUE", "UPDATED", "METHOD",
    "NOTE", "URL", "RETURN", "BALANCE", "RATING", "WEIGHT", "ZONE", "TECH", "PERIOD", "COUPON", "COMPANY", "STAFF", "TYPE",
    "MEASURE", "COUNT", "LAST", "WAREHOUSE", "SECOND", "COLOR", "IP", "RATE", "ACCOUNT",
})  # fmt: skip


@dataclass(frozen=True)
class Role:
    """One thing a column can be."""

    name: str
    patterns: tuple[tuple[frozenset[str], float], ...]
    and_may: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()

    def score(self, header: Header) -> float:
        """Return how well a header names the role, from 0 to 1."""
        concepts = header.concepts
        if any(word <= self.blocks for word in header.words):
            return 0.0
        best = 0.0
        for needed, weight in self.patterns:
            if needed <= concepts:
                fine = needed | self.and_may | _EVERYWHERE
                spare = [word for word in header.words if not word & fine]
                heavy = sum(bool(word & _HEAVY) for word in spare)
                best = max(
                    best, weight - 0.45 * heavy - 0.18 * (len(spare) - heavy) - 0.1 * min(header.unknown, 3)
                )
        return max(best, 0.0)


def _role(name: str, patterns: str, may: str = "", blocks: str = "") -> Role:
    read = []
    for part in patterns.split(","):
        concepts, _, weight = part.partition("=")
        read.append((frozenset(concepts.split()), float(weight or 1)))
    return Role(name, tuple(read), frozenset(may.split()), frozenset(blocks.split()))


_PERSON_MAY = "CUSTOMER MEMBER CONTACT BILLING INVOICE USER HOUSEHOLD ACCOUNT"
ROLES: dict[str, Role] = {r.name: r for r in (
    _role("order_id", "ORDER ID, INVOICE ID=.95, RECEIPT ID=.95, TRANSACTION ID=.93, BASKET ID=.95, SALE ID=.8, DOCUMENT ID=.85,"
          "PURCHASE ID=.8, ORDER=.8, INVOICE=.8, RECEIPT=.8, TRANSACTION=.75, BASKET=.75, ORDER CODE=.9, ORDER NAME=.7,"
          "DOCUMENT=.6, ID=.45, NAME=.35", "SALE PURCHASE CUSTOMER RECEIPT", "LINE PRODUCT DATE TIME SKU QUANTITY AMOUNT PRICE DAY"),
    _role("line_id", "LINE ID, ORDER LINE ID=.95, ROW ID=.95, LINE=.8, ROW=.7, ORDER PRODUCT ID=.85, INVOICE LINE=.9,"
          "TRANSACTION LINE=.9, RECEIPT LINE=.9, SALE ID CONTACT=.75", "ORDER INVOICE RECEIPT TRANSACTION PRODUCT BASKET SALE",
          "AMOUNT TOTAL PRICE QUANTITY NAME DESC SKU"),
    _role("ordered_at", "ORDER DATE, INVOICE DATE=.95, RECEIPT DATE=.95, TRANSACTION DATE=.95, SALE DATE=.95, PURCHASE DATE=.95,"
          "DOCUMENT DATE=.9, BASKET DATE=.9, DATE=.8, CREATED DATE=.85, CREATED=.75, ORDER CREATED=.95, ORDER TIME=.75, DAY=.6,"
          "TRANSACTION DAY=.8, DATE TIME=.85, ORDER DAY=.6, SALE DAY=.8, PURCHASE TIME=.7, TRANSACTION TIME=.6, EVENT DATE=.6",
          "TIME ORDER SALE CUSTOMER BILLING", "BIRTH DUE UPDATED SHIPPING PERIOD"),
    _role("order_time", "TIME=.85, ORDER TIME=.9, TRANSACTION TIME=.95, SALE TIME=.9, RECEIPT TIME=.95, INVOICE TIME=.9",
          "DAY", "ZONE SHIPPING UPDATED REGISTERED CREATED"),
    _role("customer_id", "CUSTOMER ID, USER ID=.93, MEMBER ID=.93, HOUSEHOLD ID=.9, CONTACT ID=.9, ACCOUNT ID=.7, CUSTOMER CODE=.97,"
          "CUSTOMER=.6, MEMBER=.65, LOYALTY ID=.8, CUSTOMER USER=.92, USER=.6, LOYALTY MEMBER=.9, CUSTOMER ACCOUNT=.8, HOUSEHOLD=.5,"
          "ID=.45, CONTACT=.4, USER CODE=.8, MEMBER CODE=.9", "CONTACT USER MEMBER LOYALTY SALE BILLING",
          "PRODUCT ORDER NAME FULLNAME EMAIL PHONE SEGMENT DATE BAND CATEGORY POINTS TIER STREET CITY COUNTRY POSTAL REGION AGE"),
    _role("product_id", "PRODUCT ID, SKU, PRODUCT CODE=.98, PRODUCT SKU, EAN=.72, PRODUCT EAN=.75, PRODUCT=.5, SALE SKU, ID=.35,"
          "CODE=.3", "LINE SKU", "CATEGORY CUSTOMER NAME DESC PRICE AMOUNT QUANTITY ORDER DATE BRAND"),
    _role("product_name", "PRODUCT NAME, PRODUCT DESC=.97, DESC=.8, PRODUCT=.72, NAME=.6, PRODUCT LINE NAME=.95, LINE NAME=.85,"
          "LINE DESC=.9", "LINE SALE", "CUSTOMER CATEGORY BRAND STORE CAMPAIGN ID FNAME LNAME FIRST BILLING CODE"),
    _role("quantity", "QUANTITY, ORDER QUANTITY, PRODUCT QUANTITY, SALE QUANTITY, PURCHASE QUANTITY, PRODUCT COUNT=.8, COUNT=.5,"
          "UNIT=.3, AMOUNT=.3", "LINE PRODUCT ORDER SALE PURCHASE UNIT INVOICE BASKET", "PRICE TAX SHIPPING RETURN WAREHOUSE"),
    _role("unit_price", "UNIT PRICE, PRICE=.9, PRODUCT PRICE=.92, SALE PRICE=.88, QUANTITY PRICE=.95, UNIT AMOUNT=.85, LIST PRICE=.6,"
          "LINE PRICE=.85, SALE=.3, UNIT=.5, PRODUCT AMOUNT=.3", "PRODUCT SALE LINE QUANTITY ORDER",
          "TOTAL TAX DISCOUNT SHIPPING CURRENCY COST PERCENT"),
    _role("discount_amount", "DISCOUNT AMOUNT, DISCOUNT=.9, LINE DISCOUNT=.97, TOTAL DISCOUNT=.85, PRODUCT DISCOUNT=.95,"
          "PRICE DISCOUNT=.8", "LINE PRODUCT SALE LIST TOTAL ORDER", "PERCENT COUPON NAME TYPE TAX"),
    _role("line_amount", "LINE AMOUNT, LINE TOTAL, AMOUNT=.87, TOTAL PRICE=.95, TOTAL AMOUNT=.93, TOTAL=.75, SALE AMOUNT=.95, SALE NET=.92,"
          "SALE=.75, LINE PRICE=.7, SUBTOTAL=.65, PRODUCT AMOUNT=.9, PRODUCT TOTAL=.93, SALE TOTAL=.93, SALE PRICE=.68, PRODUCT PRICE=.5,"
          "LINE SUBTOTAL=.95, ORDER AMOUNT=.5, PRICE=.3", "LINE PRODUCT SALE CURRENCY TOTAL PURCHASE UNIT",
          "TAX DISCOUNT SHIPPING RETURN COST CURRENCY CODE PERCENT BALANCE"),
    _role("order_amount", "ORDER AMOUNT, ORDER TOTAL, TOTAL AMOUNT=.93, TOTAL=.88, AMOUNT=.87, SALE AMOUNT=.9, INVOICE AMOUNT=.95,"
          "TRANSACTION AMOUNT=.95, SUBTOTAL=1.04, ORDER SUBTOTAL=1.06, TOTAL PRICE=.85, SALE=.6, BASKET AMOUNT=.95, PURCHASE AMOUNT=.93, PRICE=.5,"
          "PAYMENT AMOUNT=.6, INVOICE TOTAL=.93, RECEIPT TOTAL=.93, RECEIPT AMOUNT=.93",
          "SALE PURCHASE ORDER PRODUCT TOTAL INVOICE", "TAX DISCOUNT SHIPPING RETURN COST CODE PERCENT BALANCE ID"),
    _role("charges_amount", "SHIPPING AMOUNT, SHIPPING TOTAL, SHIPPING PRICE=.97, SHIPPING COST=.97, SHIPPING FEE=.97, SHIPPING=.75,"
          "ORDER SHIPPING=.75", "FEE COST ORDER", "DATE TAX DISCOUNT METHOD STATUS CITY COUNTRY STREET POSTAL NAME REGION"),
    _role("item_count", "QUANTITY=.9, PRODUCT COUNT, PRODUCT QUANTITY=.95, TOTAL QUANTITY, PRODUCT=.4, COUNT=.6, LINE COUNT=.6",
          "TOTAL ORDER SALE PRODUCT UNIT", "PRICE"),
    _role("currency", "CURRENCY, ORDER CURRENCY, CURRENCY CODE", "ORDER SALE PAYMENT PRICE PRODUCT", "AMOUNT RATE"),
    _role("country", "COUNTRY, SHIPPING COUNTRY, ORDER COUNTRY, STORE COUNTRY=.85, CUSTOMER COUNTRY=.95, BILLING COUNTRY=.95",
          "SHIPPING NAME REGION STREET SALE " + _PERSON_MAY),
    _role("channel", "CHANNEL, SALE CHANNEL, ORDER CHANNEL", "SALE ORDER NAME TYPE", "SHIPPING PAYMENT URL"),
    _role("store", "STORE, STORE ID, STORE NAME, STORE CODE", "NAME ID PURCHASE SALE PRODUCT", "PRICE QUANTITY DATE"),
    _role("is_return", "RETURN=.85, RETURN TYPE=.85, ORDER RETURN=.85, DOCUMENT TYPE=.6, TRANSACTION TYPE=.6, EVENT TYPE=.2, ORDER TYPE=.4",
          "INVOICE TECH", "AMOUNT DATE QUANTITY REASON ID TOTAL"),
    _role("category", "CATEGORY, PRODUCT CATEGORY, CATEGORY NAME, PRODUCT BAND=.75, PRODUCT TYPE=.7",
          "NAME PRODUCT DESC ID BAND", "CUSTOMER AGE"),
    _role("brand", "BRAND, PRODUCT BRAND", "NAME PRODUCT", "CARD PAYMENT"),
    _role("list_price", "LIST PRICE, PRICE=.85, SALE PRICE=.9, PRODUCT PRICE=.9, SALE GROSS=.85, SALE=.4, UNIT PRICE=.85",
          "PRODUCT SALE UNIT", "COST TAX"),
    _role("email", "EMAIL, CUSTOMER EMAIL, EMAIL STREET", "STREET ORDER " + _PERSON_MAY, "CONSENT DATE STATUS CAMPAIGN ID"),
    _role("phone", "PHONE, PHONE ID", "ID " + _PERSON_MAY, "SHIPPING"),
    _role("first_name", "FNAME, FIRST NAME, CUSTOMER FNAME", "NAME " + _PERSON_MAY, "SHIPPING"),
    _role("last_name", "LNAME, LAST NAME, FAMILY NAME, NAME=.62", "NAME " + _PERSON_MAY, "SHIPPING PRODUCT STORE DATE"),
    _role("full_name", "FULLNAME, CUSTOMER NAME, NAME=.58, BILLING NAME=.95, INVOICE NAME=.9, CUSTOMER=.55, CONTACT NAME=.95, USER NAME=.6",
          _PERSON_MAY + " NAME", "PRODUCT STORE SHIPPING FIRST LAST COMPANY STAFF CAMPAIGN"),
    _role("birth_date", "BIRTH, BIRTH DATE", "DATE DAY " + _PERSON_MAY),
    _role("gender", "GENDER, SALUTATION=.4", _PERSON_MAY),
    _role("street", "STREET, BILLING STREET, STREET LINE", "LINE HOUSENO ROW " + _PERSON_MAY, "EMAIL IP SHIPPING SECOND"),
    _role("postal_code", "POSTAL, POSTAL CODE", "CODE ID " + _PERSON_MAY),
    _role("city", "CITY, BILLING CITY", "NAME STREET " + _PERSON_MAY),
    _role("region", "REGION, REGION STATUS, BILLING REGION, COUNTRY REGION=.5, STATUS=.2", "NAME STATUS CODE " + _PERSON_MAY),
    _role("customer_country", "CUSTOMER COUNTRY=.85, BILLING COUNTRY=.9", "REGION NAME STREET " + _PERSON_MAY, "SHIPPING"),
    _role("age_band", "AGE BAND, AGE=.85, AGE DESC", "DESC BAND NAME " + _PERSON_MAY),
    _role("income_band", "INCOME, INCOME BAND", "BAND DESC " + _PERSON_MAY),
    _role("household_size", "HOUSEHOLD SIZE", "DESC COUNT"),
    _role("household_kind", "HOUSEHOLD COMP, HOUSEHOLD TYPE=.9", "DESC BAND"),
    _role("marital_status", "MARITAL, MARITAL STATUS", "STATUS DESC " + _PERSON_MAY),
    _role("home_ownership", "HOMEOWNER", "DESC STATUS"),
    _role("loyalty_tier", "TIER, LOYALTY TIER, LOYALTY STATUS=.9, MEMBER TIER, LOYALTY=.5", "LOYALTY STATUS " + _PERSON_MAY,
          "POINTS ID DATE"),
    _role("registered_on", "REGISTERED, REGISTERED DATE, CREATED DATE=.9, CREATED=.85, CUSTOMER CREATED=.95, MEMBER DATE=.8,"
          "CONSENT TIME=.75, CUSTOMER DATE=.5, CONSENT DATE=.7", "TIME DATE CREATED CONSENT " + _PERSON_MAY, "UPDATED"),
    _role("updated_at", "UPDATED, UPDATED DATE, LAST UPDATED", "LAST DATE TIME " + _PERSON_MAY),
    _role("engagement_id", "EVENT ID, CAMPAIGN EVENT ID, ID=.5", ""),
    _role("engagement_type", "EVENT TYPE, EVENT=.85, TYPE=.6, STATUS=.4, CAMPAIGN STATUS=.6", "CAMPAIGN NAME", "DATE"),
    _role("campaign_id", "CAMPAIGN, CAMPAIGN ID, CAMPAIGN NAME=.85, CAMPAIGN CODE", "NAME", "DATE TYPE STATUS"),
    _role("coupon_id", "COUPON, COUPON ID, COUPON CODE, COUPON EAN", "PRODUCT", "DATE AMOUNT DISCOUNT"),
    _role("occurred_at", "EVENT DATE, DATE=.85, EVENT TIME=.95, DAY=.6, CREATED=.85, CREATED DATE=.9, TIME=.7, DATE TIME=.9,"
          "TRANSACTION DATE=.8, RECEIPT DATE=.7", "TIME CREATED COUPON LOYALTY", "BIRTH DUE UPDATED"),
    _role("event_id", "EVENT ID, TRANSACTION ID=.7, LOYALTY ID=.6, ID=.5, POINTS ID=.7", "LOYALTY"),
    _role("event_type", "EVENT TYPE, TYPE=.75, EVENT=.8, TRANSACTION TYPE=.9, LOYALTY TYPE, POINTS TYPE", "LOYALTY NAME", "DATE"),
    _role("points", "POINTS, LOYALTY POINTS, POINTS AMOUNT, POINTS COUNT", "LOYALTY AMOUNT QUANTITY COUNT TRANSACTION", "BALANCE TYPE"),
    _role("tier", "TIER, LOYALTY TIER, LOYALTY STATUS=.9", "LOYALTY STATUS MEMBER"),
    _role("offer_id", "OFFER, OFFER ID, OFFER CODE", ""),
    _role("interaction_id", "EVENT ID, ID=.4", ""),
    _role("interaction_type", "EVENT TYPE, EVENT NAME=.95, EVENT=.85, TYPE=.5", "NAME", "DATE"),
    _role("session_id", "SESSION, SESSION ID, USER SESSION", "USER ID"),
    _role("device", "DEVICE, DEVICE TYPE, DEVICE CATEGORY", "TYPE CATEGORY"),
    _role("purpose", "PURPOSE, CONSENT PURPOSE, CONSENT TYPE=.85", "CONSENT"),
    _role("is_granted", "CONSENT=.9, CONSENT STATUS=.95, CONSENT TECH, STATUS=.5", "STATUS", "DATE TYPE PURPOSE"),
    _role("changed_at", "CONSENT DATE, DATE=.85, UPDATED=.9, UPDATED DATE=.95, CREATED=.8, CREATED DATE=.85", "TIME CONSENT"),
    _role("preference", "PREFERENCE=.9, PREFERENCE TYPE, PREFERENCE NAME", "NAME TYPE", "AMOUNT"),
    _role("preference_value", "PREFERENCE AMOUNT, AMOUNT=.6", ""),
    _role("saved_at", "PREFERENCE DATE, DATE=.8, UPDATED=.85, CREATED=.8", "TIME"),
    _role("valid_on", "DATE=.95, DUE DATE=.95, DUE=.8, RATE DATE=.95", "CURRENCY"),
    _role("rate", "RATE, RATE CURRENCY, PERCENT=.8", "CURRENCY"),
)}  # fmt: skip

SINKS: dict[str, Role] = {r.name: r for r in (
    _role("tax", "TAX=1.1", "AMOUNT TOTAL PRODUCT LINE PERCENT ID SHIPPING PRICE"),
    _role("status", "STATUS=.9, PAYMENT STATUS, SHIPPING STATUS, ORDER STATUS, CAMPAIGN STATUS=.8", "ORDER PAYMENT SHIPPING DUE CONTACT CONSENT CAMPAIGN"),
    _role("payment", "PAYMENT=.9, PAYMENT METHOD=1.1, PAYMENT DATE=1.1, PAYMENT ID=1.1, MEMBER BRAND, MEMBER TECH=.9", "METHOD DATE ID TYPE NAME TIME"),
    _role("shipping", "SHIPPING=.72, SHIPPING DATE=1.1, SHIPPING NAME=1.05, SHIPPING METHOD=1.1, SHIPPING STREET, SHIPPING COMPANY=1.1,"
          "SHIPPING ID, SHIPPING DUE=1.1, SHIPPING TIER=1.1", "DATE DUE METHOD TIME ID LINE"),
    _role("cost", "COST=1, PROFIT=1.1, FEE=.95", "AMOUNT TOTAL UNIT PRICE PRODUCT"),
    _role("percentage", "PERCENT=.9, DISCOUNT PERCENT=1.1, TAX PERCENT=1.1"),
    _role("discount_code", "DISCOUNT CODE=1.1, COUPON=.9, COUPON CODE=1, COUPON DISCOUNT=1.1, DISCOUNT NAME=1.05", "AMOUNT ID"),
    _role("refund", "RETURN AMOUNT=1.1, RETURN DATE=1.1, RETURN TOTAL=1.1", "TOTAL"),
    _role("note", "NOTE=.95, URL=1, IP=1, WEIGHT=1, COLOR=.7, ZONE=1.1, TECH=.85, RATING, BAND=.5, MEASURE=.95, DEVICE=.85",
          "CUSTOMER ORDER PRODUCT NAME CONSENT MEMBER REGISTERED LAST"),
    _role("seller", "STAFF=.95, STAFF ID=1.1, STAFF NAME=1.1, COMPANY=.95, COMPANY NAME=1.1, ACCOUNT NAME=.9, CONTACT STAFF", "ID CONTACT"),
    _role("due_date", "DUE DATE=1.05, DUE=.85", "ORDER SHIPPING"),
    _role("change_date", "UPDATED=.8, UPDATED DATE=.95, LAST DATE=.8, LAST UPDATED=1", "ORDER DATE TIME"),
    _role("period", "PERIOD=.95", "ID"),
    _role("stock", "WAREHOUSE=.9, STOCKLEVEL=1", "QUANTITY"),
    _role("balance", "BALANCE=1.05", "POINTS AMOUNT"),
    _role("second_address", "SECOND STREET=1.05, HOUSENO=.8", "BILLING CUSTOMER LINE"),
    _role("barcode", "EAN=.68", "PRODUCT"),
    _role("subtotal", "SUBTOTAL=.6, TOTAL ORDER=.75, TOTAL ORDER AMOUNT=.8, INVOICE TOTAL=.8"),
    _role("spend", "AMOUNT PERIOD=1, SALE PERIOD=1", "TOTAL"),
    _role("second_currency", "CURRENCY AMOUNT=.7", ""),
    _role("consent", "CONSENT=.6", "CUSTOMER"),
    _role("customer_group", "CUSTOMER CATEGORY=1, CUSTOMER BAND=1, CUSTOMER TYPE=1"),
)}  # fmt: skip

_PERSON = {name: f"customer_records.{name}" for name in (
    "email", "phone", "first_name", "last_name", "full_name", "birth_date", "gender", "street", "postal_code", "city",
    "region", "age_band", "income_band", "household_size", "household_kind", "marital_status", "home_ownership",
    "loyalty_tier",
)}  # fmt: skip


def _same(entity: str, names: str) -> dict[str, str]:
    return {name: f"{entity}.{name}" for name in names.split()}


_PRODUCT = {"category": "products.category_path", "category_2": "products.category_path", "category_3": "products.category_path",
            "brand": "products.brand"}  # fmt: skip

KINDS: dict[str, dict[str, str]] = {
    "lines": {
        **_same("order_lines", "order_id line_id ordered_at customer_id product_id product_name quantity unit_price "
                "discount_amount line_amount currency country channel store is_return"),
        "order_time": "order_lines.ordered_at", **_PERSON, "customer_country": "customer_records.country", **_PRODUCT,
    },
    "orders": {
        **_same("orders", "order_id ordered_at customer_id order_amount charges_amount item_count currency country channel "
                "store is_return"),
        "order_time": "orders.ordered_at", **_PERSON, "customer_country": "customer_records.country",
    },
    "customers": {
        "customer_id": "customer_records.customer_id", "country": "customer_records.country", **_PERSON,
        **_same("customer_records", "registered_on updated_at"),
    },
    "products": {
        **_same("products", "product_id product_name list_price"), **_PRODUCT,
    },
    "engagements": _same("engagements", "engagement_id customer_id engagement_type campaign_id coupon_id channel occurred_at"),
    "loyalty": _same("loyalty_events", "event_id customer_id event_type points tier offer_id order_id occurred_at"),
    "interactions": _same("interactions", "interaction_id customer_id session_id interaction_type product_id device country "
                          "city occurred_at"),
    "consents": _same("consents", "customer_id purpose channel is_granted changed_at"),
    "preferences": _same("wallet_preferences", "customer_id preference preference_value saved_at"),
    "rates": _same("exchange_rates", "currency valid_on rate"),
}  # fmt: skip
