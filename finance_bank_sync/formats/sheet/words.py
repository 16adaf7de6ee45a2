"""What banks say in their tables, in the languages of the world: months, balances, totals, directions, states.

Accents, signs and case do not matter. What columns are called is in :mod:`.names`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: what the column that tells the direction says: pairs of debit and credit
PAIRS = (
    ("d", "c"), ("dr", "cr"), ("debit", "credit"), ("debet", "credit"), ("debet", "kredit"), ("s", "h"),
    ("soll", "haben"), ("af", "bij"), ("uit", "in"), ("out", "in"), ("cargo", "abono"), ("dare", "avere"),
    ("-", "+"), ("dbit", "crdt"), ("db", "cr"), ("debito", "credito"), ("débito", "crédito"), ("débit", "crédit"),
    ("outgoing", "incoming"), ("debe", "haber"), ("saida", "entrada"), ("saída", "entrada"), ("salida", "entrada"),
    ("expense", "income"), ("money out", "money in"), ("支出", "收入"), ("借", "贷"), ("出金", "入金"), ("wn", "ma"),
    ("obciążenie", "uznanie"), ("withdrawal", "deposit"), ("d", "k"), ("χ", "π"), ("no", "co"), ("gasto", "ingreso"),
    ("חובה", "זכות"), ("مدين", "دائن"), ("расход", "приход"), ("списание", "зачисление"),
    ("odchozí", "příchozí"), ("odchádzajúca", "prichádzajúca"), ("terhelés", "jóváírás"), ("t", "j"),
    ("kimenő", "bejövő"), ("ausgang", "eingang"), ("ausgabe", "einnahme"), ("belastung", "gutschrift"),
    ("uscita", "entrata"), ("addebito", "accredito"), ("afschrijving", "bijschrijving"), ("uttag", "insättning"),
    ("ut", "in"), ("ut", "inn"), ("ud", "ind"), ("otto", "pano"), ("wydatek", "przychód"),
    ("wychodzący", "przychodzący"), ("borç", "alacak"), ("isplata", "uplata"), ("breme", "dobro"),
    ("дебет", "кредит"), ("outflow", "inflow"), ("outbound", "inbound"), ("paid", "received"), ("sent", "received"),
    ("retrait", "dépôt"), ("sortie", "entrée"), ("dépense", "revenu"), ("egreso", "ingreso"), ("debited", "credited"),
)  # fmt: skip
DEBIT_WORDS = frozenset(debit for debit, _credit in PAIRS)
CREDIT_WORDS = frozenset(credit for _debit, credit in PAIRS)
#: codes of currencies that no other word of three letters is likely to be
CURRENCIES = frozenset(
    "EUR USD GBP CHF SEK NOK DKK PLN CZK HUF RON BGN ISK CAD AUD NZD JPY CNY HKD SGD INR ZAR BRL MXN TRY AED SAR ILS "
    "THB IDR MYR PHP VND KRW RUB UAH CLP COP ARS PEN EGP MAD NGN KES QAR KWD BHD OMR JOD".split()
)
CURRENCY_SIGNS = {"€": "EUR", "£": "GBP", "euros": "EUR", "zł": "PLN", "Kč": "CZK", "₹": "INR", "R$": "BRL"}
_CODE_IN_NAME = re.compile(r"(?:^|[(\[ _-])([A-Z]{3})[)\]]?$", re.ASCII)
#: what the column of the status says of a row that is not booked yet, and of one that never will be
PENDING_WORDS = frozenset(
    ("pending", "processing", "authorised", "authorized", "vorgemerkt", "umsatz vorgemerkt", "in bearbeitung", "offen",
     "en attente", "en cours", "in behandeling", "gereserveerd", "pendiente", "in sospeso", "reserverad", "reserveret",
     "reservert", "venter", "oczekujaca", "varauksessa", "pdng", "pendente", "a venir", "non comptabilise", "scheduled",
     "authorisation", "authorization", "on hold", "vorgemerkte buchung", "в обработке", "в ожидании", "zablokowana",
     "blokada", "ceka na zpracovani", "beklemede", "v obrade")
)  # fmt: skip
VOID_WORDS = frozenset(
    ("reverted", "declined", "failed", "rejected", "cancelled", "canceled", "abgelehnt", "storniert", "abgebrochen",
     "refuse", "annule", "geweigerd", "geannuleerd", "rechazada", "rifiutato", "avvist", "avbruten", "afvist", "denied",
     "voided", "expired", "odrzucona", "anulowana", "cancelado", "cancelada", "recusado", "отклонена", "отклонено",
     "отменена", "отменено", "отказ", "не выполнено", "zamitnuta", "zamitnuto", "zrusena", "reddedildi", "iptal",
     "refused", "abgewiesen", "交易关闭", "已关闭", "支付失败")
)  # fmt: skip
#: what a statement of a card calls the money that its owner paid to it
CARD_PAYMENT = re.compile(
    "thank you|autopay|payment received|ihre zahlung|zahlung erhalten|merci|paiement re[cç]u|su pago|pago recibido",
    re.IGNORECASE,
)
#: what a row is called that holds a balance and no booking
_BALANCES = frozenset(
    (
        "balance", "opening balance", "closing balance", "beginning balance", "ending balance", "start balance",
        "end balance", "starting balance", "previous balance", "brought forward", "carried forward",
        "current balance", "balance brought forward", "balance carried forward", "balance b f", "balance c f", "b f",
        "c f", "final balance", "new balance", "old balance", "initial balance", "ledger balance",
        "statement opening balance", "statement closing balance", "last statement balance", "balance forward",
        "saldo", "anfangssaldo", "endsaldo", "schlusssaldo", "saldovortrag", "alter saldo", "neuer saldo",
        "alter kontostand", "neuer kontostand", "kontostand", "eroffnungssaldo", "abschlusssaldo", "startsaldo",
        "kontosaldo", "ubertrag", "saldo inicial", "saldo final", "saldo anterior", "saldo actual", "saldo atual",
        "saldo do dia", "saldo disponivel", "saldo total disponivel dia", "s a l d o", "saldo disponible",
        "saldo contable", "saldo contabilistico", "saldo iniziale", "saldo finale", "saldo precedente",
        "saldo contabile", "solde", "solde initial", "solde final", "ancien solde", "nouveau solde",
        "solde precedent", "solde crediteur", "solde debiteur", "solde de depart", "solde d ouverture",
        "solde de cloture", "report", "solde anterieur", "beginsaldo", "eindsaldo", "vorig saldo", "nieuw saldo",
        "oud saldo", "saldo poczatkowe", "saldo koncowe", "saldo poprzednie", "pocatecni zustatek",
        "konecny zustatek", "nyito egyenleg", "zaro egyenleg", "ingaende saldo", "utgaende saldo", "ingaende balans",
        "utgaende balans", "primo saldo", "ultimo saldo", "primosaldo", "ultimosaldo", "inngaende saldo",
        "alkusaldo", "loppusaldo", "devreden bakiye", "acilis bakiyesi", "kapanis bakiyesi", "期初余额", "期末余额",
        "承前余额", "前月残高", "繰越", "繰越残高", "входящий остаток", "исходящий остаток",
        "openingbalance", "closingbalance", "sold initial", "sold final", "sold precedent", "letzter kontostand",
        "saldo awal", "saldo akhir", "so du dau ky", "so du cuoi ky", "pocetno stanje", "krajnje stanje",
        "zacetno stanje", "koncno stanje", "algsaldo", "loppsaldo", "pradinis likutis", "galutinis likutis",
        "sakuma atlikums", "beigu atlikums", "αρχικο υπολοιπο", "τελικο υπολοιπο", "начално салдо", "крайно салдо",
        "начальный остаток", "конечный остаток", "الرصيد الافتتاحي", "الرصيد الختامي", "יתרת פתיחה", "יתרת סגירה",
        "기초잔액", "기말잔액", "이월잔액", "ยอดยกมา", "ยอดยกไป", "saldo anterior a la fecha",
        "saldo contabile iniziale", "saldo contabile finale",
        "saldo inicial del periodo", "saldo final del periodo", "opening ledger balance", "closing ledger balance",
    )
)  # fmt: skip
_WEAK = frozenset(("balance", "saldo", "solde", "report", "ubertrag", "kontosaldo", "final balance", "saldi"))
#: what a row is called that sums the debits or the credits, and no payer is
_TURNOVERS = ("turnover", "total turnover", "apyvarta", "apgrozijums", "kaive")
#: what a row is called that sums others
_TOTALS = frozenset(
    (
        "total", "totals", "sum", "summe", "gesamt", "gesamtsumme", "totaal", "totale", "totaux", "suma",
        "sumatoria", "total general", "grand total", "razem", "celkem", "osszesen", "totalt", "yhteensa", "toplam",
        "合计", "总计", "合計", "итого", "totais", "statement summary",
        "umsatztotal", "totale movimenti", "total des mouvements", "daily total", "page total",
        "subtotal", "sub total", "tagessumme", "zwischensumme", "sous total", "subtotale",
        *_TURNOVERS,
    )
)  # fmt: skip
#: no balance is called without one of these; a quick look before the careful one
_HINT = re.compile(
    "sald|balan|sold|kontost|forward|zustat|z\u016fstat|egyenl|bakiye|bertrag|report|b/f|c/f|остат|余额|残高|繰越"
    "|s a l d o|stanje|atlikum|likutis|υπ[οό]λοιπ|салдо|رصيد|יתרת|잔액|ยอดยก|số dư|so du"
)
#: days, figures, currencies and small words behind the name of a balance
_BEHIND = re.compile(
    r"\b(am|as|of|on|at|per|vom|zum|au|le|du|al|a|en|il|em|de|del|della|op|dia|date|the|to|from|in|eur|euro|usd|gbp|chf|pln|brl|"
    r"den|dagen|na|k|dzien|[0-9]+|january|february|march|april|may|june|july|august|september|october|november|december)\b"
)
_BEHIND_TOTAL = re.compile(
    r"\b(debits?|credits?|amount|amounts|soll|haben|eur|usd|gbp|chf|[0-9]+|transactions?|movements?|general|period|af|bij"
    r"|entrate|uscite|accrediti|addebiti|dare|avere|movimenti|einnahmen|ausgaben|entrees|sorties|ingresos|gastos)\b"
)
_MONTHS = (
    "jan january januar janvier janv enero ene gennaio gen janeiro januari stycznia sty styczen leden ledna "
    "tammikuu tammi ocak oca ianuarie ian janner январь января янв",
    "feb february februar fevrier fevr fev febrero febbraio fevereiro februari lutego lut luty unor unora "
    "helmikuu helmi subat sub februarie февраль февраля фев febr",
    "mar march marz mars marzo marco maart marca marzec mrt mrz brezen brezna maaliskuu maalis mart martie март "
    "марта marc",
    "apr april avril avr abril abr aprile kwietnia kwi kwiecien duben dubna huhtikuu huhti nisan nis aprilie "
    "апрель апреля апр",
    "may mai mayo maggio mag maio mei maja maj kveten kvetna toukokuu touko mayis май мая",
    "jun june juni juin junio giugno giu junho czerwca cze czerwiec cerven cervna kesakuu kesa haziran haz "
    "iunie iun июнь июня июн",
    "jul july juli juillet juil julio luglio lug julho lipca lip lipiec cervenec cervence heinakuu heina temmuz "
    "tem iulie iul июль июля июл",
    "aug august aout agosto ago augustus augusti sierpnia sie sierpien srpen srpna elokuu elo agustos agu "
    "август августа авг",
    "sep sept september septembre septiembre settembre set setembro wrzesnia wrz wrzesien zari syyskuu syys "
    "eylul eyl septembrie сентябрь сентября сен",
    "oct october oktober okt octobre octubre ottobre ott outubro out pazdziernika paz pazdziernik rijen rijna "
    "lokakuu loka ekim eki octombrie октябрь октября окт",
    "nov november novembre noviembre novembro listopada lis listopad marraskuu marras kasim kas noiembrie noi "
    "ноябрь ноября ноя",
    "dec december dezember dez decembre diciembre dic dicembre dezembro grudnia gru grudzien prosinec prosince "
    "joulukuu joulu aralik ara decembrie декабрь декабря дек",
)
_UNFOLDED = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "œ": "oe", "þ": "th"}
)
_PARENTHESES = re.compile(r"\([^)]*\)|\[[^\]]*\]|（[^）]*）")
_SIGNS = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """:return: a name without accents, signs, case, and what stands in parentheses"""
    bare = _PARENTHESES.sub(" ", name).strip()
    return folded(bare if " " in bare else _apart(bare))


def _apart(name: str) -> str:
    """:return: a name with blanks before the words that are written in one ("RunningBalance")"""
    if name.islower() or name.isupper():
        return name
    pairs = zip(name, name[1:], strict=False)
    return name[:1] + "".join(f" {char}" if before.islower() and char.isupper() else char for before, char in pairs)


def named_currency(name: str) -> str:
    """:return: the code of the currency that the name of a column of amounts tells ("Amount (EUR)"), or nothing"""
    match = _CODE_IN_NAME.search(name)
    if match is not None and match[1] in CURRENCIES:
        return match[1]
    return next((code for sign, code in CURRENCY_SIGNS.items() if sign in name), "")


def folded(text: str) -> str:
    """:return: a name without accents, signs and case"""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_UNFOLDED))
    return " ".join(_SIGNS.sub(" ", "".join(c for c in letters if not unicodedata.combining(c))).split())


#: name of a month to its number of two digits
MONTHS = {plain(name): f"{number:02d}" for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_ALL_BALANCES = frozenset(map(plain, _BALANCES))
_ALL_TOTALS = frozenset(map(plain, _TOTALS))


def hints_at_balance(text: str) -> bool:
    """Say whether a text may hold the name of a balance; ten times as quick as to ignore case in the pattern."""
    return _HINT.search(text.casefold()) is not None


def is_balance(text: str) -> bool:
    """Say whether a text is the name of a balance, with nothing but a day beside it."""
    if not text or len(text) > 80 or not hints_at_balance(text):
        return False
    name = plain(text)
    return name in _ALL_BALANCES or " ".join(_BEHIND.sub(" ", name).split()) in _ALL_BALANCES


def is_weak_balance(text: str) -> bool:
    """Say whether the name of a balance could as well be what somebody wrote for a payment."""
    name = " ".join(_BEHIND.sub(" ", plain(text)).split())
    return name in _WEAK


def is_total(text: str) -> bool:
    """Say whether a text is the name of a sum, with nothing but figures beside it."""
    if not text or len(text) > 80:
        return False
    name = plain(text)
    return name in _ALL_TOTALS or " ".join(_BEHIND_TOTAL.sub(" ", name).split()) in _ALL_TOTALS


def is_turnover(text: str) -> bool:
    """Say whether a text is the name of a sum that nobody has."""
    return plain(text) in _TURNOVERS


def marker_words(texts: list[str]) -> tuple[str, str]:
    """:return: the words for debit and credit, each empty where it cannot be told"""
    words = sorted({text for text in texts if text})
    debit = [word for word in words if word.casefold() in DEBIT_WORDS]
    credit = [word for word in words if word.casefold() in CREDIT_WORDS and word not in debit]
    if len(debit) == 1 and not credit:
        credit = [_as(debit[0], other) for word, other in PAIRS if word == debit[0].casefold()][:1]
    elif len(credit) == 1 and not debit:
        debit = [_as(credit[0], word) for word, other in PAIRS if other == credit[0].casefold()][:1]
    return (debit[0] if len(debit) == 1 else "", credit[0] if len(credit) == 1 else "")


def _as(pattern: str, word: str) -> str:
    return word.upper() if pattern.isupper() else word.capitalize() if pattern[:1].isupper() else word
