"""Labelled exports in the manner of real systems, on which the vocabulary was chosen.

The columns are modelled on what each system is known to export; the rows are made up.
The held-out third lies in ``draft_corpus_held_out``.
"""

from __future__ import annotations

from tests.unit.sources.draft_corpus_crm import CRM
from tests.unit.sources.draft_corpus_tills import TILLS
from tests.unit.sources.draft_export import Export
from tests.unit.sources.draft_shop import Shop, comma, dotted, heads, money, tax, us


def online_retail() -> Export:
    """UCI Online Retail: cancellations with C, postage lines, guests, US dates, mixed-case codes."""
    rows = Shop(1, "GB", guests=0.2, returns=0.08, other_countries=("FR", "DE"), orders=320).sales()
    names = {"GB": "United Kingdom", "FR": "France", "DE": "Germany"}

    def code(row: dict[str, object]) -> str:
        post = row["k"] == 4 and row["n"] % 3 == 0  # type: ignore[operator]
        return "POST" if post else f"{row['sku']}{['', 'A', 'a'][row['sku'] % 3]}"  # type: ignore[operator]

    return Export.of(
        "online_retail.csv",
        {"order_lines"},
        rows + rows[40:46],
        {
            "InvoiceNo": ("order_id", lambda r: f"{'C' if r['back'] else ''}{r['order']}"),
            "StockCode": ("product_id", code),
            "Description": ("product_name", lambda r: "POSTAGE" if code(r) == "POST" else r["name"]),
            "Quantity": ("quantity", lambda r: r["qty"]),
            "InvoiceDate": ("ordered_at", lambda r: us(r["at"])),
            "UnitPrice": ("unit_price", lambda r: money(r["price"])),
            "CustomerID": ("customer_id", lambda r: "" if r["guest"] else f"{r['cust']}.0"),
            "Country": ("country", lambda r: names[r["iso"]]),
        },
        encoding="latin-1",
    )


def online_retail_ii() -> Export:
    rows = Shop(2, "GB", guests=0.2, returns=0.08, orders=300).sales()
    return Export.of(
        "online_retail_II.csv.txt",
        {"order_lines"},
        rows,
        {
            "Invoice": ("order_id", lambda r: f"{'C' if r['back'] else ''}{r['order']}"),
            "StockCode": ("product_id", lambda r: r["sku"]),
            "Description": ("product_name", lambda r: r["name"]),
            "Quantity": ("quantity", lambda r: r["qty"]),
            "InvoiceDate": ("ordered_at", lambda r: f"{r['at']:%Y-%m-%d %H:%M:%S}"),
            "Price": ("unit_price", lambda r: money(r["price"])),
            "Customer ID": ("customer_id", lambda r: "" if r["guest"] else r["cust"]),
            "Country": ("country", lambda r: "United Kingdom"),
        },
    )


def shopify() -> Export:
    rows = Shop(3, "US", orders=180).sales()
    first = lambda pick: lambda r: pick(r) if r["k"] == 1 else ""  # noqa: E731
    return Export.of(
        "orders_export_1.csv",
        {"order_lines", "customer_records"},
        rows,
        {
            "Name": ("order_id", lambda r: f"#{r['order'] % 9000 + 1000}"),
            "Email": ("email", lambda r: r["email"]),
            "Financial Status": ("", first(lambda r: "paid")),
            "Paid at": ("", first(lambda r: f"{r['paid']:%Y-%m-%d %H:%M:%S} -0500")),
            "Fulfillment Status": ("", first(lambda r: "fulfilled")),
            "Accepts Marketing": ("|is_granted", first(lambda r: "yes" if r["optin"] else "no")),
            "Currency": ("currency", first(lambda r: "USD")),
            "Subtotal": ("", first(lambda r: money(r["total"]))),
            "Shipping": ("", first(lambda r: money(r["ship"]))),
            "Taxes": ("", first(lambda r: money(tax(r["total"])))),
            "Total": ("", first(lambda r: money(r["total"] + r["ship"]))),
            "Discount Code": ("", first(lambda r: "")),
            "Discount Amount": ("", first(lambda r: "0.00")),
            "Created at": ("ordered_at", lambda r: f"{r['at']:%Y-%m-%d %H:%M:%S} -0500"),
            "Lineitem quantity": ("quantity", lambda r: r["qty"]),
            "Lineitem name": ("product_name", lambda r: r["name"].title()),
            "Lineitem price": ("unit_price", lambda r: money(r["price"])),
            "Lineitem sku": ("product_id", lambda r: r["code"]),
            "Billing Name": ("full_name", first(lambda r: r["full"])),
            "Billing City": ("city", first(lambda r: r["city"])),
            "Billing Zip": ("postal_code", first(lambda r: f"'{r['zip']}")),
            "Billing Country": ("customer_records.country|country", first(lambda r: "US")),
            "Payment Method": ("", first(lambda r: "Shopify Payments")),
            "Vendor": ("|brand", lambda r: r["brand"]),
        },
    )


def woocommerce() -> Export:
    rows = heads(Shop(4, "GB", orders=260).sales())
    return Export.of(
        "wc-orders-report-export.csv",
        {"orders", "customer_records"},
        rows,
        {
            "order_id": ("order_id", lambda r: r["order"]),
            "order_date": ("ordered_at", lambda r: f"{r['at']:%Y-%m-%d %H:%M:%S}"),
            "status": ("", lambda r: "completed"),
            "shipping_total": ("charges_amount", lambda r: money(r["ship"])),
            "tax_total": ("", lambda r: money(tax(r["total"]))),
            "discount_total": ("", lambda r: "0.00"),
            "order_total": ("order_amount", lambda r: money(r["total"] + r["ship"])),
            "order_currency": ("currency", lambda r: "GBP"),
            "payment_method": ("", lambda r: r["pay"]),
            "customer_id": ("customer_id", lambda r: r["cust"]),
            "billing_first_name": ("first_name", lambda r: r["first"]),
            "billing_last_name": ("last_name", lambda r: r["last"]),
            "billing_email": ("email", lambda r: r["email"]),
            "billing_phone": ("phone", lambda r: r["phone"]),
            "billing_address_1": ("street", lambda r: r["street"]),
            "billing_postcode": ("postal_code", lambda r: r["zip"]),
            "billing_city": ("city", lambda r: r["city"]),
            "billing_country": ("country", lambda r: "GB"),
            "customer_note": ("", lambda r: ""),
        },
    )


def magento() -> Export:
    rows = heads(Shop(5, "US", orders=260).sales())
    return Export.of(
        "magento_export_orders.csv",
        {"orders", "customer_records"},
        rows,
        {
            "ID": ("order_id", lambda r: f"{r['order']:09d}"),
            "Purchase Point": ("store", lambda r: "Main Website Store" if r["store"] > 2 else "Outlet Store"),
            "Purchase Date": (
                "ordered_at",
                lambda r: f"{r['at']:%b} {r['at'].day}, {r['at']:%Y %I:%M:%S %p}",
            ),
            "Bill-to Name": ("full_name", lambda r: r["full"]),
            "Ship-to Name": ("", lambda r: r["full"]),
            "Grand Total (Base)": ("", lambda r: money(r["total"] + r["ship"])),
            "Grand Total (Purchased)": ("", lambda r: money(r["total"] + r["ship"])),
            "Status": ("", lambda r: "complete"),
            "Customer Email": ("email", lambda r: r["email"]),
            "Customer Group": ("", lambda r: "General"),
            "Subtotal": ("order_amount", lambda r: money(r["total"])),
            "Shipping and Handling": ("charges_amount", lambda r: money(r["ship"])),
            "Payment Method": ("", lambda r: "checkmo"),
        },
    )


def prestashop() -> Export:
    rows = Shop(6, "FR", orders=200, discounts=True).sales()
    return Export.of(
        "commandes_detail.csv",
        {"order_lines", "customer_records"},
        rows,
        {
            "Numéro de commande": ("order_id", lambda r: r["order"]),
            "Référence commande": ("", lambda r: f"{r['order'] * 7919:09X}"),
            "Date de commande": ("ordered_at", lambda r: f"{r['at']:%d/%m/%Y %H:%M:%S}"),
            "Identifiant client": ("customer_id", lambda r: r["cust"]),
            "Prénom": ("first_name", lambda r: r["first"]),
            "Nom": ("last_name", lambda r: r["last"]),
            "Adresse e-mail": ("email", lambda r: r["email"]),
            "Ville": ("city", lambda r: r["city"]),
            "Code postal": ("postal_code", lambda r: r["zip"]),
            "Pays": ("country", lambda r: "France"),
            "Réf. produit": ("product_id", lambda r: r["code"]),
            "Désignation": ("product_name", lambda r: r["name"]),
            "Qté": ("quantity", lambda r: r["qty"]),
            "Prix unitaire TTC": ("unit_price", lambda r: comma(r["price"])),
            "Remise": ("discount_amount", lambda r: comma(r["cut"])),
            "Montant TTC": ("line_amount", lambda r: comma(r["sum"])),
            "Devise": ("currency", lambda r: "EUR"),
        },
        delimiter=";",
        encoding="windows-1252",
    )


def shopware() -> Export:
    rows = Shop(7, "DE", orders=200).sales()
    return Export.of(
        "bestellungen_2023-04.csv",
        {"order_lines", "customer_records"},
        rows,
        {
            "Bestellnr": ("order_id", lambda r: r["order"]),
            "Bestelldatum": ("ordered_at", lambda r: f"{r['at']:%d.%m.%Y %H:%M}"),
            "KdNr": ("customer_id", lambda r: r["cust"]),
            "Firma": ("", lambda r: ""),
            "Rechnungsname": ("full_name", lambda r: r["full"]),
            "Rechnungsstraße": ("street", lambda r: r["street"]),
            "Rechnungs-PLZ": ("postal_code", lambda r: r["zip"]),
            "Rechnungsort": ("city", lambda r: r["city"]),
            "Artikelnr": ("product_id", lambda r: r["code"]),
            "Bezeichnung": ("product_name", lambda r: r["name"]),
            "Menge": ("quantity", lambda r: r["qty"]),
            "Einzelpreis": ("unit_price", lambda r: comma(r["price"])),
            "Gesamtpreis": ("line_amount", lambda r: dotted(r["sum"])),
            "Währung": ("currency", lambda r: "EUR"),
            "Versandkosten": ("", lambda r: comma(r["ship"])),
            "Bestellstatus": ("", lambda r: "Offen" if r["n"] % 5 else "Komplett abgeschlossen"),
        },
        delimiter=";",
        encoding="utf-8-sig",
        quote_all=True,
    )


def square() -> Export:
    rows = Shop(8, "US", orders=240, discounts=True, guests=0.4).sales()
    return Export.of(
        "items-2023-01-01-2024-01-01.csv",
        {"order_lines", "customer_records", "products"},
        rows,
        {
            "Date": ("ordered_at", lambda r: f"{r['at']:%m/%d/%y}"),
            "Time": ("ordered_at", lambda r: f"{r['at']:%H:%M:%S}"),
            "Time Zone": ("", lambda r: "Eastern Time (US & Canada)"),
            "Category": ("category_path", lambda r: r["cat"]),
            "Item": ("product_name", lambda r: r["name"].title()),
            "Qty": ("quantity", lambda r: f"{r['qty']}.0"),
            "SKU": ("product_id", lambda r: r["code"]),
            "Gross Sales": ("", lambda r: f"${money(r['sum'] + r['cut'])}"),
            "Discounts": ("discount_amount", lambda r: f"-${money(r['cut'])}"),
            "Net Sales": ("line_amount", lambda r: f"${money(r['sum'])}"),
            "Tax": ("", lambda r: f"${money(tax(r['sum']))}"),
            "Transaction ID": ("order_id", lambda r: f"{r['order'] * 104729:016X}zZ"),
            "Payment ID": ("", lambda r: f"{r['order'] * 15485863:016X}pP"),
            "Device Name": ("", lambda r: "Register 1"),
            "Notes": ("", lambda r: ""),
            "Event Type": ("", lambda r: "Payment"),
            "Location": ("store", lambda r: f"Shop {r['store']}"),
            "Customer ID": ("customer_id", lambda r: "" if r["guest"] else f"{r['cust'] * 7919:X}QQ"),
            "Customer Name": ("full_name", lambda r: "" if r["guest"] else r["full"]),
        },
    )


def ebay() -> Export:
    rows = Shop(9, "GB", orders=240).sales()
    return Export.of(
        "eBay-OrdersReport.csv",
        {"order_lines", "customer_records"},
        rows,
        {
            "Sales Record Number": ("line_id|", lambda r: r["line"]),
            "Order Number": ("order_id", lambda r: f"{r['order'] % 90 + 10}-{r['order']:05d}-{r['n']:05d}"),
            "Buyer Username": ("customer_id", lambda r: f"{r['first'].lower()}_{r['cust']}"),
            "Buyer Name": ("full_name", lambda r: r["full"]),
            "Buyer Email": ("email", lambda r: r["email"]),
            "Buyer City": ("city", lambda r: r["city"]),
            "Buyer Zip": ("postal_code", lambda r: r["zip"]),
            "Buyer Country": ("country", lambda r: "United Kingdom"),
            "Item Number": ("product_id", lambda r: 110000000000 + r["sku"]),
            "Item Title": ("product_name", lambda r: r["name"].title()),
            "Quantity": ("quantity", lambda r: r["qty"]),
            "Sold For": ("unit_price", lambda r: f"£{money(r['price'])}"),
            "Total Price": ("line_amount", lambda r: f"£{money(r['sum'])}"),
            "Payment Method": ("", lambda r: r["pay"]),
            "Sale Date": ("ordered_at", lambda r: f"{r['at']:%d-%b-%y}"),
            "Paid On Date": ("", lambda r: f"{r['paid']:%d-%b-%y}"),
            "Tracking Number": ("", lambda r: f"JD{r['order'] * 7919:012d}"),
        },
    )


def portuguese() -> Export:
    rows = Shop(10, "BR", orders=200, other_countries=("ES",)).sales()
    return Export.of(
        "pedidos.csv",
        {"order_lines", "customer_records"},
        rows,
        {
            "Nº do Pedido": ("order_id", lambda r: r["order"]),
            "Data do Pedido": ("ordered_at", lambda r: f"{r['at']:%d/%m/%Y}"),
            "Código do Cliente": ("customer_id", lambda r: r["cust"]),
            "Nome do Cliente": ("full_name", lambda r: r["full"]),
            "Cidade": ("city", lambda r: r["city"]),
            "UF": ("region", lambda r: "SP"),
            "CEP": ("postal_code", lambda r: f"{r['zip']}-010"),
            "Código do Produto": ("product_id", lambda r: r["sku"]),
            "Produto": ("product_name", lambda r: r["name"]),
            "Qtde": ("quantity", lambda r: r["qty"]),
            "Preço Unitário": ("unit_price", lambda r: f"R$ {comma(r['price'])}"),
            "Valor Total": ("line_amount", lambda r: f"R$ {dotted(r['sum'])}"),
            "Frete": ("", lambda r: comma(r["ship"])),
        },
        delimiter=";",
    )


TUNED = (
    online_retail,
    online_retail_ii,
    shopify,
    woocommerce,
    magento,
    prestashop,
    shopware,
    square,
    ebay,
    portuguese,
    *TILLS,
    *CRM,
)
