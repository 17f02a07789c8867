"""Closed lists of values: countries, currencies, and product codes that are no products."""

from __future__ import annotations

ISO2 = set(
    """
ad ae af ag al am ao ar at au az ba bb bd be bf bg bh bi bj bn bo br bs bt bw by bz ca cd cf cg ch ci cl cm cn co cr
cu cv cy cz de dj dk dm do dz ec ee eg er es et fi fj fm fr ga gb gd ge gh gm gn gq gr gt gw gy hk hn hr ht hu id ie
il in iq ir is it jm jo jp ke kg kh ki km kn kp kr kw kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm
mn mo mr mt mu mv mw mx my mz na ne ng ni nl no np nr nz om pa pe pg ph pk pl pr ps pt pw py qa ro rs ru rw sa sb sc
sd se sg si sk sl sm sn so sr ss st sv sy sz td tg th tj tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vn vu
ws xk ye za zm zw
""".split()
)

ISO3 = set(
    """
arg aus aut bel bgr bra can che chl chn col cyp cze deu dnk egy esp est fin fra gbr grc hkg hrv hun ind irl isl isr ita
jpn kor ltu lux lva mar mex mlt nld nor nzl pol prt rou rus sau sgp srb svk svn swe tha tun tur twn ukr usa zaf
""".split()
)

COUNTRIES = set(
    """
argentina|australia|austria|österreich|osterreich|autriche|bahrain|belgium|belgique|belgien|belgië|bélgica|belgio|brazil|
brasil|bulgaria|canada|channel islands|chile|china|colombia|croatia|cyprus|czech republic|czechia|česko|česká republika|
tschechien|denmark|danmark|dänemark|danemark|egypt|eire|england|estonia|european community|finland|suomi|finnland|france|
frankreich|francia|frança|frankrijk|germany|deutschland|allemagne|alemania|alemanha|germania|duitsland|niemcy|tyskland|
gb|great britain|großbritannien|greece|hong kong|hungary|magyarország|iceland|india|indonesia|ireland|irland|irlande|
israel|italy|italia|italien|italie|japan|日本|korea|south korea|latvia|lebanon|lithuania|luxembourg|luxemburg|malaysia|malta|
mexico|méxico|netherlands|the netherlands|nederland|niederlande|pays-bas|paesi bassi|países bajos|holland|new zealand|
norway|norge|norwegen|philippines|poland|polska|polen|pologne|polonia|portugal|rsa|romania|românia|russia|россия|
russian federation|saudi arabia|scotland|serbia|singapore|slovakia|slovensko|slovenia|south africa|spain|españa|spanien|
espagne|spagna|espanha|spanje|sweden|sverige|schweden|suède|svezia|switzerland|schweiz|suisse|svizzera|suiza|taiwan|
thailand|tunisia|turkey|türkiye|turkiye|türkei|turquie|uk|ukraine|united arab emirates|united kingdom|united states|
united states of america|unspecified|usa|u.s.a.|uruguay|venezuela|vietnam|vereinigtes königreich|royaume-uni|reino unido|
estados unidos|états-unis|vereinigte staaten|中国|香港|台灣|台湾
""".replace("\n", "").split("|")
)

CURRENCIES = set(
    """
AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MAD MXN MYR NOK NZD PEN
PHP PLN RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD VND ZAR
""".split()
)

COUNTRY_CURRENCY = {
    "united kingdom": "GBP", "gb": "GBP", "uk": "GBP", "great britain": "GBP", "england": "GBP", "usa": "USD",
    "us": "USD", "united states": "USD", "germany": "EUR", "deutschland": "EUR", "de": "EUR", "france": "EUR",
    "fr": "EUR", "españa": "EUR", "spain": "EUR", "es": "EUR", "italia": "EUR", "italy": "EUR", "it": "EUR",
    "nederland": "EUR", "netherlands": "EUR", "nl": "EUR", "austria": "EUR", "österreich": "EUR", "at": "EUR",
    "poland": "PLN", "polska": "PLN", "pl": "PLN", "sweden": "SEK", "sverige": "SEK", "se": "SEK", "brasil": "BRL",
    "brazil": "BRL", "br": "BRL", "japan": "JPY", "jp": "JPY", "switzerland": "CHF", "ch": "CHF", "czechia": "CZK",
}  # fmt: skip
LANGUAGE_CURRENCY = {
    "de": "EUR", "fr": "EUR", "es": "EUR", "it": "EUR", "nl": "EUR", "pl": "PLN", "pt": "EUR", "tr": "TRY", "cs": "CZK",
    "ru": "RUB", "ja": "JPY", "zh": "CNY", "nordic": "SEK",
}  # fmt: skip

# Product codes and names that stand for postage, fees and corrections; whole codes or whole words of names.
CHARGE_CODES = set(
    """
POST POSTAGE DOT SHIP SHIPPING FREIGHT DELIVERY CARRIAGE P&P FEE FEES C2 BANKCHARGES AMAZONFEE CRUK VERSAND
VERSANDKOSTEN PORTO FRACHT FRAIS FRAISPORT PORT LIVRAISON ENVIO GASTOSENVIO FRETE SPEDIZIONE VERZENDKOSTEN WYSYLKA
DOSTAWA FRAKT KARGO DOPRAVA SERVICE SERVICEFEE HANDLING GIFTWRAP PACKAGING VERPACKUNG
""".split()
)
ADJUSTMENT_CODES = set(
    """
M D B S MANUAL ADJUST ADJUST2 ADJ ADJUSTMENT DISCOUNT DISC BADDEBT SAMPLES SAMPLE TEST RABATT REMISE DESCUENTO DESCONTO
SCONTO KORTING RABAT GUTSCHEIN VOUCHER COUPON CREDIT GIFT PADS WRITEOFF KORREKTUR ROUNDING RUNDUNG
""".split()
)
CHARGE_WORDS = (
    "postage", "shipping", "carriage", "delivery charge", "bank charges", "handling fee", "service fee", "amazon fee",
    "versandkosten", "versand", "porto", "frachtkosten", "frais de port", "frais de livraison", "gastos de envio",
    "gastos de envío", "frete", "spese di spedizione", "verzendkosten", "koszt wysyłki", "koszty dostawy", "frakt",
    "kargo ücreti", "doprava", "poštovné", "доставка", "送料", "cruk commission", "gift wrapping fee",
)  # fmt: skip
ADJUSTMENT_WORDS = (
    "discount", "bad debt", "manual", "adjustment", "samples", "rabatt", "gutschein", "remise", "descuento", "desconto",
    "sconto", "korting", "write-off", "korrektur", "rundung", "credit note", "voucher",
)  # fmt: skip
