"""Exports of tills, enterprise systems and research data sets."""

from __future__ import annotations

import json
from decimal import Decimal

from tests.unit.sources.draft_export import Export
from tests.unit.sources.draft_shop import Shop, comma, dotted, heads, money, tax


def dunnhumby() -> Export:
    rows = Shop(20, orders=260, discounts=True).sales()
    return Export.of(
        "transaction_data.csv",
        {"order_lines"},
        rows,
        household_key=("customer_id", lambda r: r["cust"] % 997),
        BASKET_ID=("order_id", lambda r: 26984851472 + r["order"] * 37),
        DAY=("ordered_at", lambda r: (r["at"] - rows[0]["at"]).days + 1),
        PRODUCT_ID=("product_id", lambda r: 1004906 + r["sku"]),
        QUANTITY=("quantity", lambda r: r["qty"]),
        SALES_VALUE=("line_amount", lambda r: money(r["sum"])),
        STORE_ID=("store", lambda r: 364 + r["store"]),
        RETAIL_DISC=("discount_amount", lambda r: money(-r["cut"])),
        TRANS_TIME=("ordered_at|", lambda r: f"{r['at']:%H%M}"),
        WEEK_NO=("", lambda r: (r["at"] - rows[0]["at"]).days // 7 + 1),
        COUPON_DISC=("", lambda r: "0" if r["line"] % 20 else "-0.6"),
    )


def instacart() -> Export:
    rows = heads(Shop(21, orders=400).sales())
    return Export.of(
        "orders.csv",
        {"orders"},
        rows,
        order_id=("order_id", lambda r: r["order"] * 13 % 999983),
        user_id=("customer_id", lambda r: r["cust"] % 997),
        eval_set=("", lambda r: "prior" if r["n"] % 9 else "train"),
        order_number=("", lambda r: r["n"] // 40 + 1),
        order_dow=("", lambda r: r["at"].weekday()),
        order_hour_of_day=("", lambda r: f"{r['at'].hour:02d}"),
        days_since_prior_order=("", lambda r: "" if r["n"] % 11 == 0 else f"{r['n'] % 30}.0"),
    )


def navision() -> Export:
    rows = Shop(22, "DE", orders=200, discounts=True, returns=0.05).sales()
    return Export.of(
        "VK_BELEGZEILEN.txt",
        {"order_lines"},
        rows,
        {
            "Belegnr": ("order_id", lambda r: f"{'GS' if r['back'] else 'RE'}{r['order']}"),
            "Zeilennr": ("line_id|", lambda r: r["k"] * 10000),
            "BuchDat": ("ordered_at", lambda r: f"{r['at']:%d.%m.%y}"),
            "DebNr": ("customer_id", lambda r: r["cust"]),
            "ArtNr": ("product_id", lambda r: r["code"]),
            "ArtBez": ("product_name", lambda r: r["name"]),
            "Mge": ("quantity", lambda r: comma(Decimal(r["qty"]))),
            "ME": ("", lambda r: "STK"),
            "VKPreis": ("unit_price", lambda r: comma(r["price"])),
            "Rabattbetrag": ("discount_amount", lambda r: comma(r["cut"])),
            "Zeilenbetrag": ("line_amount", lambda r: dotted(r["sum"])),
            "MwSt": ("", lambda r: "19"),
            "Lagerort": ("|store", lambda r: f"LO{r['store']}"),
        },
        delimiter="\t",
        encoding="windows-1252",
        preamble="Belegzeilen Verkauf\r\nErstellt am 02.05.2023\r\n\r\n",
    )


def sap() -> Export:
    rows = Shop(23, "DE", orders=200).sales()
    return Export.of(
        "VBAP_extract.csv",
        {"order_lines"},
        rows,
        VBELN=("order_id", lambda r: f"{r['order']:010d}"),
        POSNR=("line_id|", lambda r: f"{r['k'] * 10:06d}"),
        ERDAT=("ordered_at", lambda r: f"{r['at']:%Y%m%d}"),
        KUNNR=("customer_id", lambda r: f"{r['cust']:010d}"),
        MATNR=("product_id", lambda r: f"{r['sku']:018d}"),
        ARKTX=("product_name", lambda r: r["name"]),
        KWMENG=("quantity", lambda r: f"{r['qty']}.000"),
        NETWR=("line_amount", lambda r: money(r["sum"])),
        WAERK=("currency", lambda r: "EUR"),
        WERKS=("store|", lambda r: f"{1000 + r['store']}"),
    )


def italian_till() -> Export:
    rows = Shop(24, "IT", orders=220).sales()
    return Export.of(
        "scontrini.csv",
        {"order_lines", "products"},
        rows,
        {
            "Numero scontrino": ("order_id", lambda r: r["order"]),
            "Data": ("ordered_at", lambda r: f"{r['at']:%d/%m/%Y}"),
            "Ora": ("ordered_at", lambda r: f"{r['at']:%H:%M}"),
            "Negozio": ("store", lambda r: f"Negozio {r['store']}"),
            "Tessera fedeltà": ("customer_id", lambda r: f"20{r['cust']:08d}"),
            "Codice articolo": ("product_id", lambda r: r["code"]),
            "Descrizione articolo": ("product_name", lambda r: r["name"]),
            "Reparto": ("category_path", lambda r: r["cat"]),
            "Quantità": ("quantity", lambda r: r["qty"]),
            "Prezzo unitario": ("unit_price", lambda r: comma(r["price"])),
            "Importo": ("line_amount", lambda r: comma(r["sum"])),
            "IVA": ("", lambda r: "22"),
        },
        delimiter=";",
        encoding="iso-8859-15",
    )


def dutch_till() -> Export:
    rows = Shop(25, "NL", orders=220, guests=0.3).sales()
    return Export.of(
        "kassabonnen.csv",
        {"order_lines", "products"},
        rows,
        {
            "Bonnummer": ("order_id", lambda r: r["order"]),
            "Datum": ("ordered_at", lambda r: f"{r['at']:%d-%m-%Y %H:%M}"),
            "Filiaal": ("store", lambda r: f"F{r['store']:02d}"),
            "Klantnummer": ("customer_id", lambda r: "NULL" if r["guest"] else r["cust"]),
            "Artikelnummer": ("product_id", lambda r: r["sku"]),
            "Omschrijving": ("product_name", lambda r: r["name"]),
            "Artikelgroep": ("category_path", lambda r: r["cat"]),
            "Aantal": ("quantity", lambda r: r["qty"]),
            "Stukprijs": ("unit_price", lambda r: comma(r["price"])),
            "Bedrag": ("line_amount", lambda r: comma(r["sum"])),
            "BTW": ("", lambda r: "21"),
        },
        delimiter=";",
    )


def czech_shop() -> Export:
    rows = Shop(26, "CZ", orders=220).sales()
    return Export.of(
        "objednavky.csv",
        {"order_lines", "customer_records"},
        rows,
        {
            "Číslo objednávky": ("order_id", lambda r: r["order"]),
            "Datum objednávky": ("ordered_at", lambda r: f"{r['at'].day}.{r['at'].month}.{r['at'].year}"),
            "Zákazník": ("full_name", lambda r: r["full"]),
            "E-mail": ("email", lambda r: r["email"]),
            "Město": ("city", lambda r: r["city"]),
            "PSČ": ("postal_code", lambda r: f"{r['zip'][:3]} {r['zip'][3:]}"),
            "Kód zboží": ("product_id", lambda r: r["code"]),
            "Název zboží": ("product_name", lambda r: r["name"]),
            "Množství": ("quantity", lambda r: r["qty"]),
            "Cena za kus": ("unit_price", lambda r: comma(r["price"])),
            "Celkem": ("line_amount", lambda r: comma(r["sum"])),
            "Způsob platby": ("", lambda r: r["pay"]),
        },
        delimiter=";",
        encoding="cp1250",
    )


def russian_shop() -> Export:
    rows = Shop(27, "RU", orders=220, words=("лампа", "кружка", "тарелка", "свеча")).sales()
    return Export.of(
        "zakazy.csv",
        {"order_lines"},
        rows,
        {
            "Номер заказа": ("order_id", lambda r: r["order"]),
            "Дата заказа": ("ordered_at", lambda r: f"{r['at']:%d.%m.%Y %H:%M:%S}"),
            "Код клиента": ("customer_id", lambda r: r["cust"]),
            "Артикул": ("product_id", lambda r: r["code"]),
            "Наименование": ("product_name", lambda r: r["name"]),
            "Количество": ("quantity", lambda r: r["qty"]),
            "Цена": ("unit_price", lambda r: comma(r["price"])),
            "Сумма": ("line_amount", lambda r: comma(r["sum"])),
        },
        delimiter=";",
        encoding="cp1251",
    )


def japanese_shop() -> Export:
    rows = Shop(28, "JP", orders=220).sales()
    return Export.of(
        "受注明細.csv",
        {"order_lines", "customer_records"},
        rows,
        {
            "注文番号": ("order_id", lambda r: r["order"]),
            "注文日時": ("ordered_at", lambda r: f"{r['at']:%Y/%m/%d %H:%M}"),
            "顧客番号": ("customer_id", lambda r: r["cust"]),
            "氏名": ("full_name", lambda r: r["full"]),
            "商品コード": ("product_id", lambda r: r["code"]),
            "商品名": ("product_name", lambda r: r["name"]),
            "数量": ("quantity", lambda r: r["qty"]),
            "単価": ("unit_price", lambda r: int(r["price"] * 100)),
            "金額": ("line_amount", lambda r: int(r["price"] * 100) * r["qty"]),
        },
    )


def nested_lines() -> Export:
    orders: dict[int, dict[str, object]] = {}
    for r in Shop(29, "DE", orders=120).sales():
        order = orders.setdefault(
            r["order"],
            {
                "orderNumber": f"W{r['order']}",
                "placedAt": int(r["at"].timestamp()),
                "salesChannel": r["channel"],
                "buyer": {"customerId": r["cust"], "emailAddress": r["email"]},
                "positions": [],
            },
        )
        order["positions"].append(  # type: ignore[attr-defined]
            {"articleNumber": r["code"], "label": r["name"], "qty": r["qty"], "unitPrice": float(r["price"])}
        )
    labels = {
        "orderNumber": "order_id",
        "placedAt": "ordered_at",
        "salesChannel": "channel",
        "buyer.customerId": "customer_id",
        "buyer.emailAddress": "email",
        "positions.articleNumber": "product_id",
        "positions.label": "product_name",
        "positions.qty": "quantity",
        "positions.unitPrice": "unit_price",
    }
    body = "\n".join(json.dumps(order, ensure_ascii=False) for order in orders.values())
    return Export("orders.jsonl", body.encode(), labels, {"order_lines", "customer_records"})


def headerless_receipts() -> Export:
    rows = Shop(30, "US", orders=260).sales()
    return Export.of(
        "pos_dump.csv",
        {"order_lines"},
        rows,
        {
            "1": ("ordered_at", lambda r: f"{r['at']:%Y%m%d}"),
            "2": ("store", lambda r: r["store"]),
            "3": ("order_id", lambda r: 1200000 + r["order"]),
            "4": ("customer_id", lambda r: f"{r['cust'] * 31:08d}"),
            "5": ("product_id", lambda r: r["ean"]),
            "6": ("quantity", lambda r: r["qty"]),
            "7": ("unit_price", lambda r: money(r["price"])),
            "8": ("line_amount", lambda r: money(r["sum"])),
        },
        header=False,
        delimiter=";",
    )


def fixed_ledger() -> Export:
    rows = Shop(31, orders=200).sales()
    head = "ORDNO   CUSTNO  ORDDATE     ITEMNO  DESCRIPTION                QTY     PRICE\n"
    body = "".join(
        f"{r['order']:<8}{r['cust']:<8}{r['at']:%Y-%m-%d}  {r['code']:<8}{r['name'][:25]:<25}{r['qty']:>5}"
        f"{money(r['price']):>10}\n"
        for r in rows
    )
    labels = ["order_id", "customer_id", "ordered_at", "product_id", "product_name", "quantity", "unit_price"]
    return Export("ledger.txt", (head + body).encode(), labels, {"order_lines"})


def gross_and_net() -> Export:
    rows = Shop(32, "GB", orders=220).sales()
    return Export.of(
        "sales_ledger.csv",
        {"order_lines"},
        rows,
        {
            "inv_no": ("order_id", lambda r: r["order"]),
            "inv_dt": ("ordered_at", lambda r: f"{r['at']:%d-%m-%Y}"),
            "cust_no": ("customer_id", lambda r: r["cust"]),
            "item_cd": ("product_id", lambda r: r["code"]),
            "item_desc": ("product_name", lambda r: r["name"]),
            "qty": ("quantity", lambda r: r["qty"]),
            "unit_prc": ("unit_price", lambda r: money(r["price"])),
            "ext_amt": ("line_amount", lambda r: money(r["sum"])),
            "vat_amt": ("", lambda r: money(tax(r["sum"]))),
            "cost_amt": ("", lambda r: money(r["sum"] / 3)),
            "slsprsn": ("", lambda r: f"SP{r['store']}"),
        },
    )


TILLS = (
    dunnhumby,
    instacart,
    navision,
    sap,
    italian_till,
    dutch_till,
    czech_shop,
    russian_shop,
    japanese_shop,
    nested_lines,
    headerless_receipts,
    fixed_ledger,
    gross_and_net,
)
