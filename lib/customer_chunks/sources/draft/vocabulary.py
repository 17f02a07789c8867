"""Header words of many languages -> concepts such as ORDER, ID or UNIT.

Words are folded: lower case, accents off. ``~`` before a word: it also begins longer
words (inflections and compounds). A concept is what a word means, not what a column is:
``roles`` says which concepts together make an order id.
"""

from __future__ import annotations

CONCEPTS: dict[str, str] = {
    # what happened
    "ORDER": "order orders ord bestell ~bestellung auftrag auftrags commande commandes cde ~pedido ordine ordini "
    "~encomenda ~bestelling ~zamowien zam ordre ordren ordrer ~bestallning ~siparis ~objednav ~заказ 注文 受注 订单 訂單 vbeln "
    "cmd purchaseorder orden ordenes tilaus zamowienie",
    "INVOICE": "invoice invoices inv rechnung rechnungs rechng facture factures fac factuur ~factura fattura fatture ~faktur "
    "~fatura ~счет 发票 發票 請求書 fv nf notafiscal",
    "RECEIPT": "receipt ticket tickets bon bonnen kassenbon kassabon kassen bonnr ~paragon ~scontrin recibo cupom kvitto "
    "kvittering ~uctenk beleg belege rechnungsbeleg fis чек чека レシート 小票 bong tiquete tiket slip fiche docket tally",
    "TRANSACTION": "transaction transactions trans txn tx trx trn ~transak ~transacc ~transaz ~transac islem 取引 交易 vorgang",
    "BASKET": "basket cart warenkorb panier carrito carrello winkelwagen ~koszyk sepet ~kosik 购物车",
    "SALE": "sale sales sls sold verkauf verkaufs vk vente ventes venta ventas vendita vendite venda vendas verkoop "
    "~sprzedaz salg salgs ~forsaljning satis prodej prodeje ~продаж 売上 销售 銷售",
    "PURCHASE": "purchase purchases purchased purch kauf einkauf achat achats compra compras ~acquist aankoop ~zakup kjop kop kob "
    "alis nakup ~покуп 購入 购买 購買 bought",
    "DOCUMENT": "document doc dokument ~documento voucherno entry doklad wz",
    "PAYMENT": "payment pay zahlung zahl zahlungs zahlungsart paiement pago ~pagament betaling betaal ~platn ~platb betalning betalings "
    "odeme ~оплат 支払 支付 paid bezahlt paye tender paymentintent checkout gateway acquirer",
    "EVENT": "event events ereignis evenement ~evento gebeurtenis ~zdarzen handelse hendelse haendelse ~olay udalost ~событ "
    "イベント 事件 activity action ledger",
    "SESSION": "session sessions visit sitzung sesion sessao sessione sessie sesja",
    "CAMPAIGN": "campaign campaigns kampagne campagne campana campanha ~campagna ~kampani kampanj kampanya kampan ~кампан mailing utm",
    "COUPON": "coupon coupons voucher gutschein gutscheine bonreduction cupon promo promocode vale buono ~kupon bon_rabatowy kuponu",
    "OFFER": "offer offers angebot offre oferta offerta aanbieding erbjudande teklif nabidka",
    # who
    "CUSTOMER": "customer customers cust cst cus client clients klient klienta klientow kunde kunden kund kunder kundens kd kdn "
    "cliente clientes clienti cli debitor debitoren deb debtor kunnr buyer shopper consumer guest patron kaufer kaeufer acheteur "
    "comprador acquirente koper klant klanten ~musteri ~zakazn ~клиент ~покупател 客户 客戶 顧客 お客様 会員 會員 kontrahent nabywca "
    "odbiorca recipient tercero besteller zakaznik",
    "MEMBER": "member members mitglied mitglieder membre socio socia socios adherent lid leden ~czlonk medlem medlems uye clen card "
    "karte kundenkarte karta karty carte tarjeta tessera cartao kaart kart kort ~карт 会员 loyaltycard leid",
    "CONTACT": "contact contacts contato contacto contatto kontakt subscriber subscribers lead person personen record",
    "USER": "user users username login benutzer utilisateur usuario utente gebruiker uzytkownik anvandare kullanici uzivatel "
    "~пользоват 用户 用戶 ユーザー visitor",
    "ACCOUNT": "account accounts acct konto compte cuenta conta rekening hesap ucet",
    "HOUSEHOLD": "household hh hshd haushalt haushalts menage foyer hogar gospodarstwo",
    "COMPANY": "company firma firmen unternehmen entreprise societe empresa azienda bedrijf sirket spolecnost компания 会社 公司 "
    "organisation organization ragionesociale",
    "STAFF": "owner seller vendor lieferant supplier clerk cashier operator employee salesperson slsprsn salesman rep kassierer "
    "mitarbeiter vendeur vendedor cajero venditore verkoper kasjer sprzedawca saljare satici prodejce продавец agent "
    "fornitore fournisseur proveedor fornecedor leverancier dostawca caissier bediener verkaufer register terminal till bearbeiter",
    # what was bought
    "PRODUCT": "product products prod produkt produkte produkts produit produits producto productos produto produtos prodotto "
    "prodotti artikel artikels art article articles articulo articulos artigo artigos articolo articoli ~artykul item items itm "
    "goods ware waren warenart material materials matnr mat ~towar ~asortyment ~tovar ~товар zbozi vare varer vara varan "
    "varor urun urunler stock stk 商品 产品 產品 製品 品目 lineitem merchandise offering arkt arktx",
    "SKU": "sku asin plu stockcode articul artikul artno artnr ~артикул 品番 货号 貨號 symbol variantsku",
    "EAN": "ean ean13 gtin upc barcode isbn barkod strichcode kodkreskowy codebarres strekkode streckkod штрихкод",
    "CATEGORY": "category categories cat kategorie kategorien categorie categoria categorias ~kategori rubrique rubrik famille "
    "familia famiglia sparte warengruppe warengr wgr artikelgroep produktgruppe department dept abteilung rayon seccion secao "
    "sezione reparto afdeling dzial avdeling afdeling oddeleni ~категор カテゴリ 类别 类目 分类 分類 品类 subcategory subcategoria "
    "subclass subcat class commodity aisle type_of_product collection grupa gruppe groep skupina asortyment "
    "groupe grupo gruppo varugrupp varegruppe urungrubu grubu",
    "BRAND": "brand marke marque marca merk marka merke varemerke varumarke znacka ~бренд ブランド 品牌 manufacturer hersteller "
    "fabricant fabricante produttore fabrikant producent uretici vyrobce make",
    # identity of things
    "ID": "id ids no nr num number numbers numero numeros numer numery nummer nummern nro key ident identif identifiant identifier "
    "identifikator reference ref referenz referencia referenzia riferimento referentie номер ид 番号 编号 編號 号 号码 numara numarasi "
    "cislo rec uuid guid n nº n° № nbr cisl sifra nmr nru schluessel cle chave clave klucz belnr",
    "CODE": "code cod cd codigo codice kod kodu kodas koodi код コード 代码 代碼 iso",
    "NAME": "name names nom nombre naam nazwa nazev navn namn nome ad adi adlari isim ~назван ~наименован 名 名称 名稱 title titel titre "
    "titulo titolo bez designation libelle label denominazione denominacion benennung benamning",
    "DESC": "description descriptions desc descr bezeichnung descripcion descricao descrizione omschrijving opis popis "
    "beskrivning beskrivelse aciklama ~описан 描述 说明 text bezeichner tekst",
    "LINE": "line lines zeile zeilen position positions positionen pos posnr posten ligne lignes linea lineas linha linhas riga righe "
    "regel regels pozycja pozycji rad rader linje satir radek ~строк 行 明细 明細 orderline",
    "ROW": "row rowid rownum lfd laufende lp sequence seq index unnamed rownumber recno lfdnr poradi sira",
    "TYPE": "type typ types tipo art_der soort rodzaj tur turu druh тип タイプ 类型 類型 kind ereignisart",
    # when
    "DATE": "date dates datum datums dat dt fecha data dato dats tarih tarihi ~дат 日期 日付 日時 时间 datetime timestamp "
    "ts zeitpunkt zeitstempel erdat dte fec on at when kiedy",
    "DAY": "day dia giorno jour dzien dag gun den день 日 dow weekday",
    "PERIOD": "week month year quarter woche monat jahr quartal semaine mois annee semana mes ano anno settimana mese maand jaar "
    "uge ar ay yil tyden mesic rok rocznik miesiac since_prior days woy wk yr",
    "TIME": "time tim hour zeit uhrzeit heure hora ora tijd godzina godz saat saati cas tid klokke klockslag kl время 時刻 時間 hhmm trans_time",
    "ZONE": "zone timezone tz zeitzone fuso",
    "CREATED": "created create creation placed opened erstellt angelegt cree creado criado creato aangemaakt utworzono utworzenia "
    "opprettet skapad oprettet vytvoreno olusturma ~создан 作成 创建 buchung buch posting gebucht booked issued ausstellung buchungs "
    "ausgestellt emissao emission emissione wystawienia",
    "UPDATED": "updated update modified modification changed change geaendert geandert aenderung anderung modifie modificado "
    "actualizado atualizado modificato aggiornato gewijzigd zmodyfikowano aktualizacji endret andrad aendret guncelleme zmeneno "
    "~обновл ~измен 更新 修改 lastmodified",
    "REGISTERED": "registered register registration signup joined join joining since seit member_since registrierung anmeldung "
    "anmelde inscription inscrit registro alta cadastro iscrizione registrazione inschrijving rejestracji ~registr kayit ~регистр "
    "登録 注册 註冊 enrolled enrolment enrollment depuis desde kundeseit optin_time confirm",
    "LAST": "last latest letzte letzter letzten dernier derniere ultimo ultima laatste ostatni ostatnia siste sista son posledni 最終 最后",
    "DUE": "due expiry expires expired valid gueltig gultig faellig faelligkeit echeance vencimiento scadenza vervaldatum termin "
    "estimated expected promised limit deadline approved ablauf validity effective",
    # how much
    "QUANTITY": "quantity quantities quant qty qte qnt qtd qtde qta quantite menge mge mng anzahl stueck stuck stueckzahl aantal "
    "cantidad cant quantidade quantita ilosc ~kvantit antal antall adet adedi miktar mnozstvi pocet ~количеств кол 数量 個数 件数 "
    "units pieces pcs unidades unites pezzi hoeveelheid szt ks kwmeng unid stk kpl mangd",
    "PRICE": "price prices prc preis preise prix precio precios preco prezzo prezzi prijs prijzen cena ceny pris priset fiyat fiyati "
    "~цен 价格 價格 単価 单价 單價 売価 ep uvp msrp rrp pvp tarif",
    "UNIT": "unit einzel einzeln unitaire unitario unitaria unitari unite unita per each jednostkowa jedn eenheid stuk birim kus stykk "
    "styck apris je",
    "LIST": "list liste listen retail rrp catalogue catalog regular original vejledende kataloogus",
    "AMOUNT": "amount amt amnt betrag montant importe importo monto valor bedrag kwota belop beloep tutar tutari castka ~сумм 金額 金额 "
    "value val vlr wert warenwert valeur valore waarde wartosc varde verdi deger hodnota spend spent revenue rev umsatz erloes erlos "
    "omzet obrot ciro chiffre fatturato receita faturamento turnover extended ext netwr summa sum summe proceeds ingreso uitgaven",
    "TOTAL": "total totals ttl tot gesamt gesamtsumme endsumme totale somme suma totaal razem celkem toplam итого всего 合計 总 總 总额 "
    "grand totaal gesammt",
    "SUBTOTAL": "subtotal zwischensumme soustotal ara subtotale mezisoucet 小計",
    "GROSS": "gross brutto brt bruto brut lordo ttc inkl incl bruttobetrag",
    "NET": "net netto neto ht hors exkl excl zzgl",
    "BALANCE": "balance saldo kontostand solde guthaben stan bakiye остаток kalan zustatek",
    "TAX": "tax taxes vat mwst ust steuer steuern tva iva btw kdv moms mva dph vergi ~налог ндс 税 消費税 税额 gst hst impuesto "
    "impuestos imposto imposta podatek dan stawka taux taxa mwstsatz umsatzsteuer stawkavat",
    "DISCOUNT": "discount discounts disc dscnt dsc rabatt rabatte rabat remise remises descuento dto desconto desc sconto sconti korting "
    "~znizk upust sleva indirim ~скидк 割引 折扣 rebate reduction reducao riduzione nachlass promotion markdown promo_amount",
    "COST": "cost costs kosten cogs ek einstand einkaufspreis cout couts coste costo custo koszt kost ~себестоим maliyet nakladka "
    "naklady inkop 原価 成本 kostpreis asset wareneinsatz",
    "FEE": "fee fees charge charges gebuehr gebuhr gebuehren frais commission provision comision comissao commissione oplata prowizja "
    "avgift gebyr komisyon poplatek комиссия 手数料 kosten koszt costi spese gastos freight_cost",
    "PROFIT": "profit margin marge marza gewinn rohertrag benefice beneficio lucro profitto winst zysk kar zisk прибыль 利益 利润 db",
    "PERCENT": "percent pct percentage prozent pourcentage porcentaje percentuale procent rate satz ratio taux % quote yuzde",
    "COUNT": "count cnt anz nb nombre_de 数 size",
    "CURRENCY": "currency curr ccy waehrung wahrung waehr waers waerk devise moneda moeda valuta waluta mena para parabirimi ~валют 通貨 货币 "
    "貨幣 币种 monnaie divisa forex",
    "RATE": "rate kurs course tasso cambio wechselkurs koers taux kursy fx exchange kur курс レート 汇率 exchangerate",
    "POINTS": "points pts punkte puntos pontos punti punten ~punkt poeng poang puan body ~балл ~очк ポイント 积分 積分 point miles",
    # where
    "SHIPPING": "shipping ship shipto shipped shipment versand versende liefer lieferung livraison livre expedition envio envios "
    "entrega spedizione consegna verzend verzending levering lever ~wysylk ~dostaw frakt leverans kargo teslimat ~doprav dodani "
    "~доставк 配送 送料 运费 運費 postage freight port porto frete fulfillment fulfilment fulfilled delivery delivered dispatch carrier "
    "handling tracking transport logistics despatch recipient_address sendung",
    "BILLING": "billing bill billto facturation facturacion fatturazione faturamento_end rechnungsadresse invoicing cobranca mailing "
    "home residential primary",
    "COUNTRY": "country countries land lands landes pays pais paese kraj ulke ulkesi zeme stat_c ~стран 国 国家 國家 nation land1 laender",
    "CITY": "city town ort stadt ville ciudad cidade citta stad plaats miasto miejscowosc sehir mesto by stad город 市 市区 城市 "
    "locality poblacion localidad municipio comune wohnort suburb kommune postort il_ilce",
    "REGION": "state province prov region regions bundesland kanton departement provincia regione provincie wojewodztwo lan bolge "
    "oblast ~област ~регион 都道府県 省 county uf district kraj_region ilce distrito departamento fylke",
    "POSTAL": "zip zipcode postal plz postleitzahl cp cep cap postcode pocztowy psc posta_kodu postnummer postnr postanummer ~индекс "
    "郵便番号 邮编 郵遞區號 pincode pin pocztowa postkode zippostal postcodes postal_code postakodu",
    "STREET": "street address addresses addr adr adresse adress adressen adresa adresi strasse strassen str rue direccion calle endereco "
    "logradouro indirizzo via straat adres ulica ulice gate gata sokak cadde ~адрес ~улиц 住所 地址 street1 anschrift domicilio",
    "HOUSENO": "hausnummer hausnr huisnummer housenumber civico nrdomu apartment apt suite flat",
    "SECOND": "2 3 two second additional zusatz complement line2 address2 secondary alternate alt",
    "STORE": "store stores shop shops filiale filialen filial fil magasin boutique tienda loja negozio winkel filiaal vestiging sklep "
    "sklepu butik butikk magaza sube prodejna pobocka ~магазин 店舗 店 门店 門店 location branch outlet werk werks markt sucursal "
    "punto_venta puntovendita pdv site plant purchasepoint kassa_nr lagerort standort betrieb laden",
    "WAREHOUSE": "warehouse lager almacen entrepot magazzino magazijn magazyn depo sklad склад inventory bestand stand lagerbestand",
    "CHANNEL": "channel channels kanal kanaal canal canale vertriebsweg vertriebskanal kanalen ~канал 渠道 チャネル platform plattform "
    "plateforme plataforma piattaforma medium marketplace source quelle herkunft saleschannel origin bron zrodlo",
    # the person
    "FIRST": "first given 1st",
    "FNAME": "firstname fname vorname prenom voornaam imie jmeno fornavn fornamn prenombre givenname primernombre ~имя nombres",
    "FAMILY": "family sur",
    "LNAME": "lastname lname surname nachname familienname apellido apellidos cognome sobrenome achternaam nazwisko prijmeni "
    "etternavn efternamn efternavn soyad soyadi soyisim ~фамили 姓 zuname familyname",
    "FULLNAME": "fullname fullnaam vollername naam_klant fio фио 氏名 姓名 お名前 nomecompleto displayname adsoyad adisoyadi nomeecognome",
    "EMAIL": "email emails mail mails correo courriel epost eposta eposte ~почт メール メールアドレス 邮箱 郵箱 電子郵件 correoelectronico mel "
    "emailaddress",
    "PHONE": "phone phones telephone tel telefon telefonu telefonnr mobile mobil mobiltelefon handy gsm cell celular cellulare telefone "
    "telefono portable телефон 電話 电话 手机 手機 fone telefoon mobiel rufnummer cellphone puhelin",
    "BIRTH": "birth birthday birthdate dob geburt geburts geburtstag geb naissance nacimiento nac nascimento nascita geboorte geboortedatum "
    "~urodz ~narozen fodsel fodsels fodelse fodelsedag fodt dogum ~рожд 生年月日 生日 出生 born verjaardag cumpleanos aniversario",
    "GENDER": "gender sex geschlecht sexe sexo genero sesso geslacht plec pohlavi kjonn kon cinsiyet пол 性別 性别 genre",
    "SALUTATION": "salutation anrede civilite tratamiento aanhef prefix zwrot osloveni tilltal unvan",
    "AGE": "age ages alter altersgruppe edad idade eta leeftijd leeftijdsgroep wiek vek yas alder ~возраст 年齢 年龄 年齡",
    "BAND": "band bracket group range gruppe klasse class tranche desc gruppen rango fascia grubu skupina",
    "INCOME": "income einkommen revenu ingresos renda reddito inkomen dochod gelir prijem ~доход 収入 收入 inkomst inntekt salary",
    "SIZE": "size groesse grosse taille tamano tamanho dimensione grootte wielkosc storlek persons people personen",
    "COMP": "comp composition zusammensetzung structure kind",
    "MARITAL": "marital familienstand situation_familiale civil_status estadocivil estado_civil matrimonial married civilstand medeni",
    "HOMEOWNER": "homeowner home_owner ownership owner_renter homeownership wohneigentum dwelling residence tenure_type",
    "TIER": "tier tiers level stufe status_level niveau nivel livello poziom niva nivaa seviye uroven уровень ランク 等级 等級 bonusstufe",
    "LOYALTY": "loyalty bonus treue fidelite fidelidad fidelidade fedelta ~lojaln vip club klub rewards reward sadakat vernost ~лояльн "
    "kundenclub stammkunde",
    "CONSENT": "consent consents optin newsletter einwilligung consentement consentimiento consentimento consenso toestemming zgoda "
    "samtykke samtycke riza onay souhlas ~согласи 同意 subscribed accepts marketing permission optout unsubscribe granted",
    "PURPOSE": "purpose zweck finalite finalidad finalidade finalita doel cel formal andamal amac ucel цель 目的",
    "PREFERENCE": "preference preferences praeferenz preferencia preferenza voorkeur preferencja wallet saved",
    # everything else
    "STATUS": "status statut estado stato staat zustand durum stav статус 状態 状态 狀態 stage phase condition fulfillment_status",
    "RETURN": "return returned returns retoure retouren storno storniert cancel cancelled canceled cancellation ~annul retour reso devolucion "
    "devolucao ~zwrot iade retur vratka возврат 返品 退货 退貨 refund refunds refunded gutschrift credit iptal returnflag",
    "METHOD": "method methode mode modo metodo metoda art_z forma moyen zpusob sposob sekli yontem mean way class_of service",
    "NOTE": "note notes comment comments bemerkung anmerkung kommentar remarque nota observaciones opmerking uwagi not poznamka notatka "
    "message memo tags tag label_text reason grund hinweis",
    "URL": "url uri link website webseite site_url image img photo bild picture href",
    "IP": "ip ipaddress useragent agent_string browser cookie",
    "WEIGHT": "weight gewicht poids peso waga vikt vekt agirlik hmotnost вес 重量 kg volume",
    "DEVICE": "device geraet gerat appareil dispositivo apparaat urzadzenie enhet cihaz zarizeni устройство 端末 设备",
    "STOCKLEVEL": "bestand lagerbestand onhand instock inventory stocklevel qoh verfuegbar",
    "MEASURE": "me uom einheit mengeneinheit unitofmeasure meins vrkme eenheden jm measure",
    "RATING": "rating score stars bewertung note_moyenne review",
    "TECH": "batch version hash flag eval set bit sync loaded etl checksum digits last4 token",
    "COLOR": "color colour farbe couleur style variant variante material_type finish",
}

# Little words that say nothing.
STOP = set(
    """
of the a an de du des la le les l d del della dello di da do dos das den der die das dem van het een el los las y e et und
and to for from in im am zu zum zur von vom pro w z za na dla av och og ve pour par per_ con s t is has the it as or our
your my us their base raw src dim fct tbl fld col field v x pk fk к в на и の に お
""".split()
)
