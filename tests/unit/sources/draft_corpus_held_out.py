"""The third of the corpus that was written first and never looked at while words were chosen."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from tests.unit.sources.draft_export import Export
from tests.unit.sources.draft_shop import Shop, comma, dotted, heads, money, tax


def olist_items() -> Export:
    rows = Shop(101, "BR", orders=260).sales()
    return Export.of(
        "olist_order_items_dataset.csv",
        {"order_lines"},
        rows,
        order_id=("order_id", lambda r: f"{r['order'] * 7919**4:032x}"[-32:]),
        order_item_id=("line_id", lambda r: r["k"]),
        product_id=("product_id", lambda r: f"{r['sku'] * 104729**4:032x}"[-32:]),
        seller_id=("", lambda r: f"{r['store'] * 15485863**3:032x}"[-32:]),
        shipping_limit_date=("|ordered_at", lambda r: f"{r['sent']:%Y-%m-%d %H:%M:%S}"),
        price=("unit_price", lambda r: money(r["price"])),
        freight_value=("", lambda r: money(r["ship"] + r["k"])),
    )


def stripe_charges() -> Export:
    rows = heads(Shop(102, "US", orders=300, guests=0.2).sales())
    return Export.of(
        "unified_payments.csv",
        {"orders", "customer_records"},
        rows,
        {
            "id": ("order_id", lambda r: f"ch_3L{r['order'] * 99991:x}KZ"),
            "Created date (UTC)": ("ordered_at", lambda r: f"{r['at']:%Y-%m-%d %H:%M:%S}"),
            "Amount": ("order_amount", lambda r: money(r["total"])),
            "Amount Refunded": ("", lambda r: money(Decimal(0) if r["n"] % 9 else r["total"])),
            "Currency": ("orders.currency", lambda r: "usd"),
            "Captured": ("", lambda r: "TRUE"),
            "Converted Amount": ("", lambda r: money(r["total"])),
            "Converted Currency": ("", lambda r: "usd"),
            "Decline Reason": ("", lambda r: ""),
            "Description": ("", lambda r: "Subscription update" if r["n"] % 3 else "Invoice"),
            "Fee": ("", lambda r: money(r["total"] * 3 / 100)),
            "Is Link": ("", lambda r: "FALSE"),
            "Mode": ("", lambda r: "Live"),
            "PaymentIntent ID": ("", lambda r: f"pi_3L{r['order'] * 88883:x}KZ"),
            "Card Brand": ("", lambda r: "Visa" if r["n"] % 2 else "MasterCard"),
            "Card Last4": ("", lambda r: f"{r['cust'] % 10000:04d}"),
            "Customer ID": ("customer_id", lambda r: "" if r["guest"] else f"cus_{r['cust'] * 7919:X}"),
            "Customer Email": ("email", lambda r: r["email"]),
            "Status": ("", lambda r: "Refunded" if r["n"] % 9 == 0 else "Paid"),
        },
    )


def jtl_orders() -> Export:
    rows = Shop(103, "DE", orders=180).sales()
    return Export.of(
        "JTL-Export-AuftragsPositionen.csv",
        {"order_lines", "customer_records"},
        rows,
        {
            "Auftragsnummer": ("order_id", lambda r: f"AU-{r['order']}"),
            "Auftragsdatum": ("ordered_at", lambda r: f"{r['at']:%d.%m.%Y}"),
            "Kundennummer": ("customer_id", lambda r: f"K{r['cust']}"),
            "Anrede": ("|gender", lambda r: "Frau" if r["gender"] == "F" else "Herr"),
            "Vorname": ("first_name", lambda r: r["first"]),
            "Nachname": ("last_name", lambda r: r["last"]),
            "Straße": ("street", lambda r: r["street"]),
            "PLZ": ("postal_code", lambda r: r["zip"]),
            "Ort": ("city", lambda r: r["city"]),
            "Land": ("country", lambda r: "Deutschland"),
            "E-Mail": ("email", lambda r: r["email"]),
            "Artikelnummer": ("product_id", lambda r: r["code"]),
            "Artikelname": ("product_name", lambda r: r["name"]),
            "Anzahl": ("quantity", lambda r: r["qty"]),
            "VK-Preis brutto": ("unit_price", lambda r: comma(r["price"])),
            "MwSt. in %": ("", lambda r: "19"),
            "Zahlungsart": ("", lambda r: r["pay"]),
            "Plattform": ("channel", lambda r: "eBay" if r["n"] % 3 else "Webshop"),
        },
        delimiter=";",
        encoding="windows-1252",
    )


def spanish_tickets() -> Export:
    rows = Shop(104, "ES", orders=220, discounts=True, guests=0.3).sales()
    return Export.of(
        "ventas_2023.csv",
        {"order_lines"},
        rows,
        {
            "Nº Ticket": ("order_id", lambda r: f"T{r['order']}"),
            "Fecha": ("ordered_at", lambda r: f"{r['at']:%d/%m/%Y}"),
            "Hora": ("ordered_at", lambda r: f"{r['at']:%H:%M}"),
            "Tienda": ("store", lambda r: f"Tienda {r['store']}"),
            "Cód. Cliente": ("customer_id", lambda r: "" if r["guest"] else r["cust"]),
            "Referencia": ("product_id", lambda r: r["code"]),
            "Descripción": ("product_name", lambda r: r["name"]),
            "Unidades": ("quantity", lambda r: r["qty"]),
            "Precio": ("unit_price", lambda r: comma(r["price"])),
            "Dto.": ("discount_amount", lambda r: comma(r["cut"])),
            "Importe": ("line_amount", lambda r: dotted(r["sum"])),
            "Forma de pago": ("", lambda r: r["pay"]),
        },
        delimiter=";",
        encoding="utf-8",
    )


def polish_pos() -> Export:
    rows = Shop(105, "PL", orders=220, words=("świeca", "łyżka", "żyrandol", "miseczka", "półka")).sales()
    return Export.of(
        "sprzedaz.csv",
        {"order_lines", "products"},
        rows,
        {
            "Nr paragonu": ("order_id", lambda r: f"PA/{r['order']}/2023"),
            "Data sprzedaży": ("ordered_at", lambda r: f"{r['at']:%Y-%m-%d %H:%M}"),
            "Sklep": ("store", lambda r: f"Sklep nr {r['store']}"),
            "Kod towaru": ("product_id", lambda r: r["code"]),
            "Nazwa towaru": ("product_name", lambda r: r["name"].lower()),
            "Grupa": ("category_path", lambda r: r["cat"]),
            "Ilość": ("quantity", lambda r: r["qty"]),
            "Cena brutto": ("unit_price", lambda r: comma(r["price"])),
            "Wartość brutto": ("line_amount", lambda r: comma(r["sum"])),
            "Stawka VAT": ("", lambda r: "23%"),
            "Karta klienta": ("customer_id", lambda r: f"9{r['cust']:09d}"),
        },
        delimiter=";",
        encoding="cp1250",
    )


def hubspot_contacts() -> Export:
    rows = Shop(106, "US", customers=220).people()
    return Export.of(
        "hubspot-crm-exports-all-contacts.csv",
        {"customer_records"},
        rows,
        {
            "Record ID": ("customer_id", lambda r: f"{51 + r['n'] * 50}"),
            "First Name": ("first_name", lambda r: r["first"]),
            "Last Name": ("last_name", lambda r: r["last"]),
            "Email": ("email", lambda r: r["email"]),
            "Phone Number": ("phone", lambda r: r["phone"]),
            "Contact owner": ("", lambda r: "Sam Seller"),
            "Lifecycle Stage": ("", lambda r: "Lead" if r["n"] % 2 else "Customer"),
            "City": ("city", lambda r: r["city"]),
            "State/Region": ("region", lambda r: "TX"),
            "Postal Code": ("postal_code", lambda r: r["zip"]),
            "Country/Region": ("customer_records.country", lambda r: "United States"),
            "Create Date": ("registered_on", lambda r: f"{r['since']:%Y-%m-%d %H:%M}"),
            "Last Modified Date": ("updated_at", lambda r: f"{r['updated']:%Y-%m-%d %H:%M}"),
            "Marketing contact status": ("", lambda r: "Marketing contact"),
        },
    )


def superstore() -> Export:
    rows = Shop(107, "US", orders=220, discounts=True).sales()
    return Export.of(
        "Sample - Superstore.csv",
        {"order_lines", "customer_records", "products"},
        rows,
        {
            "Row ID": ("line_id", lambda r: r["line"]),
            "Order ID": ("order_id", lambda r: f"CA-{r['at'].year}-{r['order']}"),
            "Order Date": ("ordered_at", lambda r: f"{r['at'].month}/{r['at'].day}/{r['at'].year}"),
            "Ship Date": ("", lambda r: f"{r['sent'].month}/{r['sent'].day}/{r['sent'].year}"),
            "Ship Mode": ("", lambda r: "Second Class" if r["n"] % 2 else "Standard Class"),
            "Customer ID": ("customer_id", lambda r: f"{r['first'][0]}{r['last'][0]}-{r['cust']}"),
            "Customer Name": ("full_name", lambda r: r["full"]),
            "Segment": ("", lambda r: ["Consumer", "Corporate", "Home Office"][r["cust"] % 3]),
            "Country": ("country", lambda r: "United States"),
            "City": ("city", lambda r: r["city"]),
            "State": ("region", lambda r: "Texas"),
            "Postal Code": ("postal_code", lambda r: r["zip"]),
            "Region": ("|region", lambda r: ["West", "East", "Central"][r["cust"] % 3]),
            "Product ID": ("product_id", lambda r: f"FUR-BO-{r['sku']}"),
            "Category": ("category_path", lambda r: r["cat"]),
            "Sub-Category": ("category_path", lambda r: r["sub"]),
            "Product Name": ("product_name", lambda r: r["name"].title()),
            "Sales": ("line_amount", lambda r: money(r["sum"])),
            "Quantity": ("quantity", lambda r: r["qty"]),
            "Discount": ("", lambda r: f"{r['cut'] / (r['sum'] + r['cut']):.1f}"),
            "Profit": ("", lambda r: f"{r['sum'] * (r['n'] % 7 - 2) / 11:.4f}"),
        },
    )


def cdnow() -> Export:
    rows = sorted(heads(Shop(108, customers=90, orders=420).sales()), key=lambda r: (r["cust"], r["at"]))
    body = "\n".join(
        f" {r['n'] // 5 + 1:05d} {r['at']:%Y%m%d} {abs(r['qty']):2d} {r['total']:7.2f}" for r in rows
    )
    labels = ["customer_id", "ordered_at", "item_count|quantity", "order_amount|line_amount"]
    return Export("CDNOW_master.txt", body.encode(), labels, {"orders", "order_lines"}, one_entity=True)


def api_orders() -> Export:
    orders: dict[int, dict[str, Any]] = {}
    for r in Shop(109, "US", orders=90).sales():
        order = orders.setdefault(
            r["order"],
            {
                "id": 450789469 + r["order"],
                "created_at": f"{r['at']:%Y-%m-%dT%H:%M:%S}-05:00",
                "currency": "USD",
                "email": r["email"],
                "financial_status": "paid",
                "total_price": money(r["total"]),
                "customer": {"id": 207119551 + r["cust"], "first_name": r["first"], "last_name": r["last"]},
                "shipping_address": {"city": r["city"], "zip": r["zip"], "country_code": "US"},
                "line_items": [],
            },
        )
        order["line_items"].append(
            {
                "id": 866550311766439020 + r["line"],
                "product_id": 632910392 + r["sku"],
                "title": r["name"].title(),
                "quantity": r["qty"],
                "price": money(r["price"]),
                "total_discount": "0.00",
            }
        )
    labels = {
        "id": "order_id",
        "created_at": "ordered_at",
        "currency": "currency",
        "email": "email",
        "financial_status": "",
        "total_price": "",
        "customer.id": "customer_id",
        "customer.first_name": "first_name",
        "customer.last_name": "last_name",
        "shipping_address.city": "city",
        "shipping_address.zip": "postal_code",
        "shipping_address.country_code": "country",
        "line_items.id": "line_id",
        "line_items.product_id": "product_id",
        "line_items.title": "product_name",
        "line_items.quantity": "quantity",
        "line_items.price": "unit_price",
        "line_items.total_discount": "discount_amount",
    }
    body = json.dumps({"orders": list(orders.values())})
    return Export("orders.json", body.encode(), labels, {"order_lines", "customer_records"})


def amazon_report() -> Export:
    rows = Shop(110, "DE", orders=240, other_countries=("FR", "IT")).sales()
    return Export.of(
        "amazon_all_orders.txt",
        {"order_lines"},
        rows,
        {
            "amazon-order-id": ("order_id", lambda r: f"302-{r['order']:07d}-{r['order'] * 3:07d}"),
            "merchant-order-id": ("", lambda r: ""),
            "purchase-date": ("ordered_at", lambda r: f"{r['at']:%Y-%m-%dT%H:%M:%S}+00:00"),
            "last-updated-date": ("", lambda r: f"{r['sent']:%Y-%m-%dT%H:%M:%S}+00:00"),
            "order-status": ("", lambda r: "Cancelled" if r["n"] % 17 == 0 else "Shipped"),
            "fulfillment-channel": ("", lambda r: "Amazon"),
            "sales-channel": ("channel", lambda r: "Amazon.de" if r["n"] % 4 else "Amazon.fr"),
            "ship-service-level": ("", lambda r: "Standard"),
            "product-name": ("product_name", lambda r: r["name"].title()),
            "sku": ("product_id", lambda r: r["code"]),
            "asin": ("", lambda r: f"B0{r['sku']}XQ9"),
            "quantity": ("quantity", lambda r: r["qty"]),
            "currency": ("currency", lambda r: "EUR"),
            "item-price": ("line_amount", lambda r: money(r["sum"])),
            "item-tax": ("", lambda r: money(tax(r["sum"], 19))),
            "shipping-price": ("", lambda r: money(r["ship"])),
            "ship-city": ("|city", lambda r: r["city"]),
            "ship-postal-code": ("|postal_code", lambda r: r["zip"]),
            "ship-country": ("country", lambda r: r["iso"]),
        },
        delimiter="\t",
    )


def swedish_club() -> Export:
    rows = Shop(111, "SE", customers=70, orders=300).sales()
    return Export.of(
        "bonushändelser.csv",
        {"loyalty_events"},
        heads(rows),
        {
            "Händelse-ID": ("event_id", lambda r: 90000 + r["n"]),
            "Medlemsnr": ("customer_id", lambda r: f"M{r['cust']}"),
            "Datum": ("occurred_at", lambda r: f"{r['at']:%Y-%m-%d}"),
            "Händelsetyp": ("event_type", lambda r: "Intjänad" if r["n"] % 4 else "Inlöst"),
            "Poäng": ("points", lambda r: int(r["total"]) if r["n"] % 4 else -250),
            "Nivå": ("tier", lambda r: r["tier"]),
            "Kvittonr": ("order_id", lambda r: r["order"]),
        },
        delimiter=";",
    )


def headerless_lines() -> Export:
    rows = Shop(112, "FR", orders=240, guests=0.1).sales()
    return Export.of(
        "extract_0423.csv",
        {"order_lines"},
        rows,
        {
            "1": ("order_id", lambda r: r["order"]),
            "2": ("customer_id", lambda r: "" if r["guest"] else r["cust"]),
            "3": ("ordered_at", lambda r: f"{r['at']:%Y-%m-%d %H:%M:%S}"),
            "4": ("product_id", lambda r: r["code"]),
            "5": ("product_name", lambda r: r["name"]),
            "6": ("quantity", lambda r: r["qty"]),
            "7": ("unit_price", lambda r: money(r["price"])),
            "8": ("country", lambda r: "France" if r["cust"] % 5 else "Belgium"),
        },
        header=False,
        delimiter="|",
    )


def turkish_shop() -> Export:
    rows = Shop(113, "TR", orders=220, discounts=True).sales()
    return Export.of(
        "siparisler.csv",
        {"order_lines", "customer_records", "products"},
        rows,
        {
            "Sipariş No": ("order_id", lambda r: r["order"]),
            "Sipariş Tarihi": ("ordered_at", lambda r: f"{r['at']:%d.%m.%Y %H:%M}"),
            "Müşteri No": ("customer_id", lambda r: r["cust"]),
            "Müşteri Adı": ("full_name", lambda r: r["full"]),
            "Şehir": ("city", lambda r: r["city"]),
            "Ürün Kodu": ("product_id", lambda r: r["code"]),
            "Ürün Adı": ("product_name", lambda r: r["name"]),
            "Marka": ("brand", lambda r: r["brand"]),
            "Adet": ("quantity", lambda r: r["qty"]),
            "Birim Fiyat": ("unit_price", lambda r: comma(r["price"])),
            "İndirim Tutarı": ("discount_amount", lambda r: comma(r["cut"])),
            "Toplam Tutar": ("line_amount", lambda r: comma(r["sum"])),
            "Kargo Firması": ("", lambda r: "Yurtiçi"),
        },
        delimiter=";",
    )


def ta_feng() -> Export:
    rows = Shop(114, orders=300).sales()
    return Export.of(
        "ta_feng_all_months_merged.csv",
        {"order_lines", "customer_records", "products"},
        rows,
        {
            "TRANSACTION_DT": ("ordered_at", lambda r: f"{r['at'].month}/{r['at'].day}/{r['at'].year}"),
            "CUSTOMER_ID": ("customer_id", lambda r: f"{r['cust']:08d}"),
            "AGE_GROUP": ("age_band", lambda r: f"{r['age'] // 5 * 5}-{r['age'] // 5 * 5 + 4}"),
            "PIN_CODE": ("postal_code", lambda r: ["115", "221", "Others"][r["cust"] % 3]),
            "PRODUCT_SUBCLASS": ("category_path", lambda r: 100000 + r["sku"] % 9 * 113),
            "PRODUCT_ID": ("product_id", lambda r: 4710000000000 + r["sku"]),
            "AMOUNT": ("quantity|", lambda r: r["qty"]),
            "ASSET": ("", lambda r: int(r["sum"] * 8 / 10)),
            "SALES_PRICE": ("line_amount|unit_price", lambda r: int(r["sum"])),
        },
    )


HELD_OUT = (
    olist_items,
    stripe_charges,
    jtl_orders,
    spanish_tickets,
    polish_pos,
    hubspot_contacts,
    superstore,
    cdnow,
    api_orders,
    amazon_report,
    swedish_club,
    headerless_lines,
    turkish_shop,
    ta_feng,
)
