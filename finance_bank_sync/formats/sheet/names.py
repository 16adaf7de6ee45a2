"""What banks call the columns of their tables, in the languages of the world.

A name counts where it stands alone or begins a longer one ("Betrag (EUR)"). It proposes a profile to a person; no
file is ever read by it.
"""

from __future__ import annotations

import re

from .words import folded, plain

#: role to the names of its column, the likely ones first
_NAMES: dict[str, tuple[str, ...]] = {
    "date": (
        "date", "booking date", "posting date", "post date", "posted date", "date posted", "processed date",
        "completed date", "date completed", "settled date", "transaction date", "trans date", "txn date",
        "tran date", "booked", "posted", "day", "created", "created on", "created at", "time", "datetime",
        "transaction completed date", "process date", "entry date", "effective date", "date created",
        "settlement date", "operation date", "reskontradatum",
        "buchungstag", "buchungsdatum", "buchung", "datum", "buchungszeitpunkt",
        "boekdatum", "boekingsdatum", "transactiedatum", "transactiondate", "transaktionsdatum",
        "date de comptabilisation", "date comptable", "date operation",
        "date de l operation", "date d operation", "dateop", "date op",
        "settlement date local", "date de reglement", "date de la valeur", "date d execution", "fecha",
        "fecha operacion", "fecha de operacion", "fecha contable", "f contable", "f operativa", "data",
        "data contabile", "data di contabilizzazione", "data di registrazione",
        "data operazione", "data registrazione", "data mov", "data lancamento",
        "data do movimento", "data movimento", "bokforingsdag", "bokforingsdatum", "bokfoeringsdag",
        "bogforingsdato", "dato", "bokforingsdato", "bokfort dato", "utfort dato", "kirjauspaiva",
        "data ksiegowania", "data operacji", "data transakcji", "datum zauctovani", "datum provedeni",
        "konyveles datuma", "tranzakcio datuma", "tarih", "islem tarihi", "交易日期", "交易时间", "记账日期", "日期",
        "取引日", "年月日", "日付", "お取引日", "дата", "дата операции", "거래일시", "abschlussdatum", "ημερομηνια",
        "tanggal", "ngay",
        "belegdatum", "txn date time", "completion time", "data tranzactie", "data tranzactiei",
        "data inregistrarii", "konyveles napja", "fecha de transaccion", "fecha mov", "fecha movimiento",
        "fecha aplicacion", "kuupaev", "datums", "operacijos data", "datum knjizenja", "datum transakcije",
        "dagsetning", "ngay giao dich", "تاريخ", "التاريخ", "תאריך", "วันที่",
        "uitvoeringsdatum", "booked at", "tarih saat", "data de lancamento", "data do lancamento", "fecha hora",
        "datum izvrsenja", "data di completamento", "date de fin", "bokfort",
        "bokningsdag", "erfassungsdatum", "auftragsdatum", "execution date", "trade date", "date de transaction",
        "ημ νια", "ημερομηνια συναλλαγης",
    ),
    "value_date": (
        "value date", "valuta", "valutadatum", "wertstellung", "wertstellungsdatum", "valuta datum", "date valeur",
        "date val", "data di valuta", "wert",
        "date de valeur", "dateval", "rentedatum", "valuedate", "value dt", "value", "fecha valor", "f valor",
        "data valuta", "data valor", "valutadato", "valutadag", "rentedato", "arvopaiva", "data waluty", "erteknap",
        "interest date", "effective date", "valor", "datum valuty", "起息日",
        "valeur",
        "data valutei", "datum valute", "vaxtadagur", "rentedag", "fecha de valor", "תאריך ערך", "تاريخ القيمة",
    ),
    "amount": (
        "billing amount", "settlement amount", "amount in account currency", "amount", "net", "net amount", "betrag",
        "umsatz", "bedrag", "montant", "montante", "importe", "importo", "belopp", "belob", "belop", "sum",
        "transaction amount",
        "booking amount", "buchungsbetrag", "maara", "kwota", "kwota operacji", "castka", "objem", "valor", "monto",
        "osszeg", "umsatz in", "tutar", "islem tutari", "total amount", "betrag in", "kwota transakcji",
        "montant operation", "valore", "quantia", "交易金额", "金额", "発生金額", "金額", "сумма", "jumlah",
        "so tien", "ποσο", "movimiento",
        "upphaed", "upphaeð", "summa", "suma", "iznos", "ποσο συναλλαγης", "сума", "сума у валюті картки", "المبلغ",
        "סכום", "จำนวนเงิน",
        "value", "zauctovana castka", "credit debit amount", "suma saskaitos valiuta", "transactiebedrag",
        "сумма в валюте счета", "сумма пересчитанная в валюту счета",
    ),
    "debit": (
        "debit", "debits", "debit amount", "soll", "debet", "belastung", "lastschrift", "ausgang", "money out",
        "paid out", "withdrawal", "withdrawals", "withdrawal amt", "withdrawal amount", "uit", "sortie", "cargo",
        "cargos", "dare", "addebiti", "uscite", "ut fra konto", "ut", "obciazenia", "terheles", "debito", "debitos",
        "debe", "paiements", "out", "saidas", "saida", "ausgaben", "spent", "payments out", "debit amt", "retiros",
        "retiro", "zlecenie", "borc", "amount debit", "交易金额 支出", "支出", "支出金额", "借方发生额", "借方金额",
        "お支払金額", "支払い金額", "出金金額", "出金", "出金額", "お引出し", "引出額", "расход", "списание", "출금",
        "addebito", "withdrawn", "dr", "dr amount", "so tien ghi no", "ghi no", "no", "isplata", "odliv",
        "terhelesek", "pagos", "egresos", "egreso", "retiros y cargos", "deudor", "gider", "valor debito", "ut fra",
        "מדינה", "חובה", "مدين", "ถอน", "ถอนเงิน",
        "breme", "v breme", "isplate", "дебит", "χρεωση", "payment", "payments",
        "ausgehend", "belastungsbetrag", "lastschriftbetrag", "importo di addebito", "montant debit",
    ),
    "credit": (
        "credit", "credits", "credit amount", "haben", "gutschrift", "eingang", "money in", "paid in", "deposit",
        "deposits", "deposit amt", "deposit amount", "in", "entree", "abono", "abonos", "avere", "accrediti",
        "entrate", "inn pa konto", "inn", "uznania", "jovairas", "credito", "creditos", "haber", "encaissements",
        "entradas", "entrada", "einnahmen", "received", "payments in", "credit amt", "depositos", "deposito",
        "alacak", "kredit", "amount credit", "交易金额 收入", "收入", "收入金额", "贷方发生额", "贷方金额",
        "お預り金額", "預かり金額", "入金金額", "入金", "入金額", "お預入れ", "預入額", "приход", "зачисление", "입금",
        "accredito", "cr", "cr amount", "so tien ghi co", "ghi co", "uplata", "priliv", "ingresos", "ingreso",
        "depositos y abonos", "acreedor", "gelir", "valor credito", "זכות", "دائن", "ฝาก", "ฝากเงิน",
        "dobro", "v dobro", "uplate", "кредит", "πιστωση", "eingehend",
        "gutschriftsbetrag", "gutschriftbetrag", "importo di accredito", "montant credit",
    ),
    "marker": (
        "debit credit", "credit debit", "dc", "cd", "drcr", "crdr", "dr cr", "cr dr", "d c", "c d", "s h", "h s",
        "soll haben", "sh", "af bij", "bij af", "debet credit", "debitcredit", "sens", "direction", "indicator",
        "debit credit indicator", "soll haben kennzeichen", "soll haben kz", "credit debit indicator", "借贷标志",
        "收支", "借贷",
        "d k", "dk", "debet kredit", "deebet kreedit", "ghi no ghi co", "προσημο ποσου", "natureza",
        "smer uhrady", "terheles vagy jovairas", "bejovo kimeno", "kimeno bejovo", "richtung", "segno",
    ),
    "fee": (
        "fee", "fees", "total fees", "fee amount", "transaction fee", "charges", "charge", "commission",
        "gebuhr", "gebuhren",
        "frais", "comision", "comisiones", "commissione", "commissioni", "entgelt", "kosten", "avgift", "gebyr",
        "prowizja", "taxa", "conversion charge", "手续费", "手数料", "комиссия",
        "poplatek", "poplatok", "masraf", "costo",
    ),
    "balance": (
        "balance", "saldo", "saldos", "kontostand", "solde", "running balance", "running bal", "saldo na mutatie",
        "saldo na boeking", "saldo na trn", "saldo nach buchung", "saldo nach transaktion", "saldi", "bokfort saldo",
        "bokford saldo", "balance after", "account balance", "ledger balance", "closing balance", "saldo contable",
        "saldo disponible", "saldo po operacji", "saldo contabile", "saldo contabilistico", "saldo na transactie",
        "zustatek", "egyenleg", "bakiye", "balance amt", "saldo efter", "saldo etter", "booked balance",
        "account balance after", "余额", "账户余额", "残高", "差引残高", "お取引後残高", "остаток", "баланс", "잔액",
        "υπολοιπο", "saldo akhir",
        "bal", "bal amt", "so du", "so du cuoi", "sold", "sold contabil", "sold final", "stanje", "likutis",
        "atlikums", "jaak", "stada", "saldo parcial", "outstanding balance", "ending balance", "closing bal",
        "avail balance", "available balance", "net balance", "zalishok", "залишок на кінець періоду", "залишок",
        "disponible", "disponibile", "verfugbares guthaben", "салдо", "יתרה", "الرصيد", "رصيد", "ยอดคงเหลือ",
    ),
    "currency": (
        "monnaie", "billing currency", "settlement currency", "account currency", "currency",
        "wahrung", "waehrung", "whg",
        "munt", "muntsoort", "valuta", "devise", "divisa", "moneda", "moeda", "valutakode", "waluta", "mena", "ccy",
        "currency code", "transaction currency", "account currency", "valuuttakoodi", "payment currency", "penznem",
        "doviz", "币种", "通貨", "валюта", "wahrung konto", "booking currency",
        "valuuta", "valiuta", "vanaluuta", "валюта картки", "العملة", "מטבע",
        "saskaitos valiuta", "konta valuta",
        "munteenheid", "wahrung der karte",
    ),
    "party": (
        "counterparty", "counter party", "counterparty name", "name", "payee", "payer", "beneficiary", "partner",
        "partner name", "merchant", "merchant name", "vendor", "beguenstigter zahlungspflichtiger",
        "begunstigter zahlungspflichtiger", "auftraggeber empfanger", "auftraggeber beguenstigter",
        "auftraggeber begunstigter", "name zahlungsbeteiligter", "empfanger", "auftraggeber",
        "zahlungspflichtiger zahlungsempfanger", "empfanger zahlungspflichtiger", "beguenstigter auftraggeber",
        "begunstigter auftraggeber", "naam tegenpartij", "naam van de tegenpartij",
        "tegenpartij", "naam", "nom", "tiers", "nom contrepartie",
        "nom contrepartie contient", "nom de la contrepartie", "beneficiario", "ordenante", "beneficiario ordenante",
        "contraparte", "controparte", "namn", "mottagare", "saaja maksaja", "nadawca odbiorca", "nazwa kontrahenta",
        "kontrahent", "nazev protistrany", "nazev protiuctu", "partner neve", "afsender modtager",
        "zahlungsempfanger auftraggeber", "对方户名", "对方名称", "对方姓名", "取引先", "контрагент",
        "naam omschrijving", "from to", "to from",
        "partnername", "sender receiver name", "odbiorca zleceniodawca", "zleceniodawca odbiorca", "dane kontrahenta",
        "nazwa nadawcy odbiorcy", "nazwa odbiorcy nadawcy", "tegenpartij naam", "navn",
        "moketojo arba gavejo pavadinimas", "moketojas gavejas", "saaja maksja nimi", "saaja maksja",
        "nazov protistrany", "gonderen alici", "alici gonderen", "primatelj platitelj", "other party",
        "other party name", "counterpart name", "交易对方", "наименование контрагента", "плательщик получатель",
        "naziv primatelja platitelja", "prejemnik placnik", "placnik prejemnik", "의뢰인 수취인", "наредител получател",
        "tegenrekeninghouder", "naam tegenrekening", "counteraccount name", "counter account name",
        "partner elnevezese", "partner nev", "gegenkontoinhaber", "empfaenger", "empfaenger name",
        "auftraggeber empfaenger", "empfaenger auftraggeber", "nimi", "destinatario", "nom du tiers",
        "zleceniodawca beneficjent", "platitelj primatelj", "udelezenec naziv", "nazov protiuctu",
        "nazev uctu protistrany",
    ),
    "party_account": (
        "counterparty account", "counterparty iban", "account of the counterparty", "kontonummer iban",
        "partner iban", "iban zahlungsbeteiligter", "kontonummer des begunstigten", "tegenrekening",
        "tegenrekening iban bban", "iban auftraggeber", "compte contrepartie", "rekening tegenpartij",
        "rekeningnummer tegenpartij", "counterparty account number", "beneficiary account", "counterparty bban",
        "cuenta destino", "cuenta contraparte", "protiucet", "cislo protiuctu", "numer konta",
        "rachunek kontrahenta", "nr rachunku", "bank account", "kontonummer", "iban", "account number", "对方账号",
        "对方账户", "partner szamlaszama",
        "partner kontonummer", "cislo uctu protistrany", "na konto z konta", "sender receiver account",
        "rachunek nadawcy odbiorcy", "rachunek odbiorcy nadawcy", "numer rachunku nadawcy odbiorcy",
        "numer rachunku odbiorcy nadawcy", "nr rachunku kontrahenta", "saaja maksja konto", "saskaita",
        "moketojo arba gavejo saskaita", "iban contrepartie", "iban tegenpartij", "tegenpartij",
        "broj racuna primatelja platitelja", "сметка на контрагента", "tegenrekeningnummer", "tegenrekening nummer",
        "partner szamla", "partner szamlaszam", "counteraccount", "counter account", "counteraccount number",
        "gegenkonto", "iban gegenkonto", "udelezenec racun", "protiucet cislo", "broj racuna", "konto bank",
        "kontoverbindung des partners",
    ),
    "end_to_end_id": ("end to end id", "endtoendid", "e2e", "kundenreferenz end to end", "end to end reference",
                      "end to end referenz", "kundenreferenz", "eref", "sepa end to end", "end to end referentie",
                      "sepa reference", "auftraggeberreferenz"),
    "reference": (
        "bank reference", "zkb reference", "transaction id", "transactionid", "transaction reference", "transaction no",
        "transaktions nr", "transaktionsnummer", "id", "bankreferenz", "zkb referenz", "transactiereferentie",
        "volgnr", "reference banque", "arkistointitunnus", "unique id", "transferwise id", "tran id",
        "balance transaction id", "source id", "sequence number", "transaction number",
        "fitid", "流水号", "交易流水号", "reference", "referenz", "referentie", "referencia", "riferimento",
        "numero", "ref no", "chq ref no", "cheque number", "verifikationsnummer", "kundenref",
        "archiving code", "identificador", "nr transakcji", "交易单号", "arkivref", "arkiveringskod",
        "n de transaction", "no de transaction",
    ),
    "type": (
        "type", "transaction type", "umsatzart", "umsatztyp", "transaktionstyp", "buchungstext", "vorgang",
        "mutatiesoort", "type d operation", "type operation", "transactietype", "tipo", "tipo de transaccion",
        "tipo movimiento", "typ transakcji", "typ operacji", "transaktionstype", "transaktionsart", "buchungsart",
        "bewegungstyp", "operation type", "payment type", "code", "rodzaj transakcji", "typ", "subcategory",
        "tran type", "transaction code", "transaktionskategori", "laji", "tapahtumalaji", "betalningstyp",
        "betaalwijze", "业务类型", "交易类型", "摘要代码", "transazione",
    ),
    "status": ("status", "state", "buchungsstatus", "statut", "etat", "estado", "stato", "tila", "stav", "durum",
               "交易状态", "info", "статус", "статус операции", "status transakcji", "当前状态",
               "state type"),
    "original_amount": (
        "original amount", "foreign amount", "amount foreign currency", "foreign currency amount", "local amount",
        "oorspr bedrag", "originele bedrag", "originalbetrag", "betrag in fremdwahrung", "fremdwahrungsbetrag",
        "montant d origine", "orig amount", "importe original", "importo originale", "urspr belopp", "betrag original",
        "oorspronkelijk bedrag", "instructed amount", "amount in foreign currency", "сумма в валюте операции",
    ),
    "original_currency": (
        "original currency", "foreign currency", "type foreign currency", "local currency", "oorspr munt",
        "originalwahrung", "fremdwahrung", "devise d origine", "orig currency", "originele munt", "munteenheid",
        "instructed currency", "originele valuta", "orig ccy", "валюта операции",
    ),
    "detail_amount": (
        "individual amount", "einzelbetrag", "einzelbetrage", "betrag detail", "detailbetrag", "betrag einzeln",
        "montant individuel", "montant unitaire", "montant detail", "montant du detail", "importo singolo",
        "importo individuale", "importo dettaglio", "importe individual", "single amount", "detail amount",
        "amount detail", "amount per item", "item amount", "bedrag detail", "sub amount", "split amount",
        "teilbetrag", "montant partiel", "importo parziale", "betrag einzelzahlung",
        "sous montant",
    ),
    # nobody who paid: who owns the account, or its card
    "owner": ("naam van de rekening", "account name", "name on card", "card member", "member name", "account holder",
              "kontoinhaber", "account owner", "cardholder", "cardholder name", "nazev uctu", "nazwa rachunku"),
    "rate": ("exchange rate", "fx rate", "rate", "koers", "kurs", "wechselkurs", "cours", "tipo de cambio", "tasso",
             "umrechnungskurs", "vaxelkurs"),
}  # fmt: skip
#: columns of texts: all that a table has make up the text
_TEXTS = (
    "text", "description", "details", "remittance", "remittance information", "narrative", "narration", "memo",
    "purpose", "what", "particulars", "notes", "note", "payment details", "transaction details",
    "transaction description", "transaction remarks", "remarks", "additional info", "additional information",
    "extended description", "original description", "verwendungszweck", "beschreibung", "beschreibungstext",
    "buchungsinformation", "buchungsdetails", "zahlungszweck", "mitteilung", "notiz", "fussnoten", "bemerkung",
    "omschrijving", "mededeling", "mededelingen", "vrije mededeling", "gestructureerde mededeling", "detail",
    "communication", "communications", "communication libre", "communication structuree", "details de l operation",
    "libelle", "libelle operation", "libelle simplifie", "infos", "informations complementaires", "motif", "objet",
    "concepto", "concepto ampliado", "descripcion", "observaciones", "mas datos", "descrizione", "causale",
    "descrizione estesa", "dettagli", "descricao", "descritivo", "historico", "descripcion de la operacion",
    "leyenda", "meddelande", "tekst", "forklaring", "melding", "viesti", "selite", "tytul", "tytul operacji", "opis",
    "opis operacji", "opis transakcji", "szczegoly", "payment reference", "message", "avisierungstext", "label",
    "rubrik", "kozlemeny", "zprava", "zprava pro prijemce", "poznamka", "popis", "aciklama", "besked", "egen besked",
    "referens", "viite", "摘要", "用途", "备注", "附言", "摘要内容", "お取引内容", "お取り扱い内容", "取引内容",
    "摘要欄", "メモ", "назначение платежа", "описание", "적요", "αιτιολογια", "keterangan", "uraian", "code note",
    "serial", "bankreferens", "reference text", "omschr", "buchungstext lang", "lancamento", "movimiento",
    "descriere", "detalii", "mo ta", "noi dung", "selgitus", "paskirtis", "maksajuma merkis", "texti", "основание",
    "опис операції", "descripcion movimiento", "concepto movimiento", "البيان", "الوصف", "תיאור", "פרטים", "รายการ",
    "beskrivelse", "beskrivning", "商品", "商品说明", "mokejimo paskirtis", "makseselgitus", "svrha", "namen",
    "bericht", "leyendas adicionales", "opis placanja", "รายละเอียด", "vwz",
    "notification text", "subject", "desc", "reason", "additional description", "full description", "detalhes",
    "vorgang verwendungszweck", "zweck", "testo", "umsatztext", "zusatzinfos", "auftragsart",
    "bezeichnung", "otsikko", "tytulem", "transaction ref", "booking text", "payment purpose",
)  # fmt: skip
#: numbers of invoices that payers tell apart from their texts
_NUMBERS = (
    "variabilni symbol", "variabilny symbol", "variable symbol", "vs", "specificky symbol", "var symbol",
    "spec symbol", "viitenumero", "referensnummer", "betalingskenmerk", "client reference",
    "additional reference", "misc reference",
    "sklic", "sklic v dobro", "sklic v breme", "referenca placnika", "referenca prejemnika", "poziv na broj",
    "reference number", "referenznummer", "numero de reference", "numero di riferimento", "zahlungsreferenz",
)  # fmt: skip
#: columns of who paid and of who was paid: beside each other, either holds the other party in half of the rows only
_PAYERS = frozenset(
    (
        "payer", "payer name", "sender", "ordering party", "zahlungspflichtige r", "zahlungspflichtiger",
        "auftraggeber", "ordenante", "donneur d ordre", "avsandare", "afsender", "nadawca", "maksaja", "source name",
        "from", "from email address", "maksajan nimi", "auftraggebername", "betalare",
    )
)  # fmt: skip
_PAYEES = frozenset(
    (
        "payee", "payee name", "recipient", "receiver", "beneficiary", "zahlungsempfanger in", "zahlungsempfanger",
        "empfanger", "begunstigter", "beneficiario", "beneficiaire", "mottagare", "modtager", "odbiorca", "saaja",
        "target name", "to", "to email address", "saajan nimi", "maksunsaaja", "zahlungsempfaenger",
        "empfangername", "empfaengername", "mottagarens namn",
    )
)  # fmt: skip
#: of those, the ones that stand for the other party where they stand alone
_ALONE = (_PAYERS | _PAYEES) - {"from", "to"}
#: columns of the code of a bank
_BANKS = frozenset(("bic", "blz", "swift", "bankleitzahl"))
#: columns of the account that the statement is of
_OWN_ACCOUNTS = frozenset(
    map(
        plain,
        "account|auftragskonto|iban auftragskonto|rekening|rekeningnummer|iban bban|account number|konto|kontonummer"
        "|iban|compte|numero de compte|cuenta|conto|card no|account id|iban konto|konto iban|rachunek|账号|bank account"
        "|account no|ucet|rekeningnr|iban rekening|eigenes konto|iban account|nr konta|cislo uctu|account iban"
        "|accountnum|numero compte|customer account no|numer rachunku|numer rachunku karty|saskaitos nr|posted account"
        "|konto nr|opdrachtgeversrekening|rapporto|szamlaszam|konyvelesi szamla|kontonr|iban auftraggeberkonto"
        "|racun|account num".split("|"),
    )
)
#: what makes the name of a party the name of something else: "Auftraggeber/Empfänger IBAN"
_ACCOUNTS = frozenset(
    "iban bban account konto kto kontonummer kontonr kontonummern szamla szamlaszam szamlaszama".split()
)
_NO_NAMES = _ACCOUNTS | frozenset(
    "bic swift blz bank bankname bankcode id nr number type typ address adresse adres email country land ref "
    "reference referenz category kategorie".split()
)
#: a balance before each booking, which proves nothing beside the one after it
_BEFORE = re.compile(r"\b(?:before|voor|vor der|vor buchung|avant|przed|antes|prima|pred|innan)\b")
_NUMBER_BEHIND = re.compile(r"\s*[0-9]+$")


def _all_plain(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(plain, names)))


#: what stands before the word for the direction ("Monto cargo", "Betrag Soll")
_AMOUNT = frozenset(
    "amount amt betrag rechnungsbetrag montant monto importe importo valor value valore kwota belopp belob belop "
    "bedrag suma summa sum quantia castka osszeg iznos tutar jumlah maara ποσο сумма сума".split()
)
NAMES = {role: _all_plain(names) for role, names in _NAMES.items()}
NUMBERS = frozenset(_all_plain(_NUMBERS))
TEXTS = frozenset(_all_plain(_TEXTS)) | NUMBERS


def is_own_account(name: str) -> bool:
    """Say whether a column may name the account of the statement."""
    return plain(name) in _OWN_ACCOUNTS


def is_fee(name: str) -> bool:
    """Say whether a column is called that of fees, whatever else its name says ("Source fee amount")."""
    return not set(NAMES["fee"]).isdisjoint(plain(name).split())


def is_before(name: str) -> bool:
    """Say whether a column is called a balance before each booking."""
    return _BEFORE.search(plain(name)) is not None


def bare_name(name: str) -> str:
    """:return: the name of a column without signs, case, and a number behind it"""
    return _NUMBER_BEHIND.sub("", plain(name))


def is_text(name: str) -> bool:
    """Say whether a column is called a text: by its whole name, with a number, or with more behind it."""
    bare = bare_name(name)
    if bare in TEXTS:
        return True
    first, _blank, behind = bare.partition(" ")
    return bool(behind) and (first in TEXTS or " ".join(bare.split()[:2]) in TEXTS)


def candidates(header: list[str]) -> tuple[dict[str, list[int]], list[int]]:
    """Say which columns of a header row may be what.

    :return: role to places of columns, the likely ones first; and the columns of who paid and who was paid,
    where both,
        are there, as each tells the other party in some rows only
    """
    names = {place: plain(cell) for place, cell in enumerate(header) if cell.strip()}
    twice = [place for place, name in names.items() if list(names.values()).count(name) > 1]
    # what stands in parentheses may be the difference
    names |= {place: whole for place in twice if (whole := folded(header[place])) != names[place]}
    said = set(names.values())
    both: list[int] = []
    if said & _PAYERS and said & _PAYEES:
        both = [place for place, name in names.items() if name in _PAYERS | _PAYEES]
        names = {place: name for place, name in names.items() if place not in both}
    found: dict[str, list[int]] = {}
    for role, words in NAMES.items():
        places = [place for word in words for place, name in names.items() if name == word]
        places += [place for word in words for place, name in names.items() if name.startswith(f"{word} ")]
        places += [place for place, name in names.items() if _is_directed(name, role)]
        if role == "party":
            places += [place for place, name in names.items() if name in _ALONE]
            places = [place for place in places if names[place] in words or names[place].split()[-1] not in _NO_NAMES]
        elif role == "party_account":
            places = [place for place, name in names.items() if _is_account_of_party(name)] + places
            # beside the code of its bank ("IBAN;BIC") stands the account of the other party
            if both:  # nor is the account of either
                places = [place for place in places if not _is_of_either(names[place])]
            places.sort(key=lambda place: names[place] in _OWN_ACCOUNTS and names.get(place + 1) not in _BANKS)
        elif role == "balance":
            places = [place for place in places if not is_before(names[place])]
        if places:
            found[role] = list(dict.fromkeys(places))
    exact = {
        role: {place for place in places if names[place] in NAMES[role] or _is_directed(names[place], role)}
        for role, places in found.items()
    }
    likely = {role: _without_others(role, places, exact) for role, places in found.items()}
    return likely, both


def _is_directed(name: str, role: str) -> bool:
    first, _blank, word = name.partition(" ")
    return role in ("debit", "credit") and first in _AMOUNT and word in NAMES[role]


def _is_of_either(name: str) -> bool:
    return any(name.startswith(f"{party} ") or name.endswith(f" {party}") for party in _PAYERS | _PAYEES)


def _is_account_of_party(name: str) -> bool:
    party, _blank, word = name.rpartition(" ")
    return word in _ACCOUNTS and party in NAMES["party"]


def _without_others(role: str, places: list[int], exact: dict[str, set[int]]) -> list[int]:
    """Leave out columns whose whole name says that they are something else."""
    return [
        place
        for place in places
        if place in exact[role] or not any(place in others for other, others in exact.items() if other != role)
    ]
