"""What banks call the columns of their tables, in the languages of Europe.

A name counts where it stands alone or begins a longer one ("Betrag (EUR)"); accents, signs and case do not
matter. It proposes a profile to a person; no file is ever read by it.
"""

from __future__ import annotations

import re
import unicodedata

#: role to the names of its column, plain lower case
NAMES: dict[str, tuple[str, ...]] = {
    "date": (
        "date", "booking date", "posting date", "post date", "completed date", "date completed", "transaction date",
        "booked", "posted", "day", "buchungstag", "buchungsdatum", "buchung", "datum", "boekdatum",
        "boekingsdatum", "date operation", "date de l operation",
        "date de comptabilisation", "date comptable", "fecha", "fecha operacion", "fecha contable", "data",
        "data contabile", "data operazione", "data mov", "bokforingsdag", "bokforingsdatum", "bogforingsdato", "dato",
        "bokforingsdato", "kirjauspaiva", "data ksiegowania", "data operacji", "datum zauctovani", "konyveles datuma",
    ),
    "value_date": (
        "value date", "valuta", "valutadatum", "wertstellung", "wertstellungsdatum", "date valeur", "date de valeur",
        "rentedatum", "valuedate", "fecha valor", "data valuta", "data valor", "valutadato", "arvopaiva",
        "data waluty", "erteknap",
    ),
    "amount": (
        "amount", "betrag", "umsatz", "bedrag", "montant", "importe", "importo", "belopp", "belob", "belop", "sum",
        "transaction amount", "maara", "kwota", "castka", "valor", "osszeg",
    ),
    "debit": (
        "debit", "debits", "soll", "debet", "belastung", "lastschrift", "ausgang", "money out", "paid out",
        "withdrawal", "withdrawals", "uit", "sortie", "cargo", "dare", "addebiti", "ut fra konto", "obciazenia",
        "terheles",
    ),
    "credit": (
        "credit", "credits", "haben", "gutschrift", "eingang", "money in", "paid in", "deposit", "deposits", "in",
        "entree", "abono", "avere", "accrediti", "inn pa konto", "uznania", "jovairas",
    ),
    "marker": (
        "debit credit", "credit debit", "dc", "cd", "drcr", "crdr", "dr cr", "cr dr", "d c", "c d",
        "soll haben", "sh", "af bij",
        "bij af", "debet credit", "sens", "direction", "indicator", "soll haben kennzeichen",
    ),
    "balance": (
        "balance", "saldo", "kontostand", "solde", "running balance", "running bal",
        "saldo na mutatie", "saldo nach buchung", "saldi",
        "bokfort saldo", "balance after", "zustatek", "egyenleg",
    ),
    "currency": ("currency", "wahrung", "waehrung", "munt", "muntsoort", "devise", "divisa", "moneda",
        "valutakode", "waluta",
        "mena",
                 "ccy"),
    "party": (
        "counterparty", "counter party", "counterparty name", "name", "payee", "payer", "beneficiary", "partner",
        "partner name",
        "beguenstigter zahlungspflichtiger", "begunstigter zahlungspflichtiger", "auftraggeber empfanger",
        "name zahlungsbeteiligter", "empfanger", "auftraggeber", "zahlungspflichtiger zahlungsempfanger",
        "naam tegenpartij", "tegenpartij", "naam", "nom", "tiers", "nom contrepartie", "beneficiario", "ordenante",
        "namn", "mottagare", "saaja maksaja", "nadawca odbiorca", "nazev protistrany",
    ),
    "party_account": (
        "counterparty account", "counterparty iban", "account of the counterparty", "kontonummer iban",
        "iban zahlungsbeteiligter", "kontonummer des begunstigten", "tegenrekening", "tegenrekening iban bban",
        "compte contrepartie", "rekening tegenpartij", "rekeningnummer tegenpartij", "cuenta destino", "protiucet",
        "bank account", "kontonummer", "iban", "account number",
    ),
    "text": (
        "text", "description", "details", "remittance", "remittance information", "narrative", "memo", "purpose",
        "what",
        "verwendungszweck", "buchungstext", "vorgang", "omschrijving", "mededeling", "mededelingen", "communication",
        "libelle", "concepto", "descripcion", "descrizione", "causale", "meddelande", "tekst", "viesti", "tytul",
        "opis operacji", "payment reference", "message", "avisierungstext", "label", "rubrik", "kozlemeny",
    ),
    "reference": (
        "reference", "bank reference", "transaction id", "transaction reference", "id", "referenz", "bankreferenz",
        "referentie", "transactiereferentie", "volgnr", "reference banque", "referencia", "numero", "arkistointitunnus",
    ),
    "end_to_end_id": ("end to end id", "endtoendid", "e2e", "kundenreferenz end to end", "end to end reference",
                      "end to end referenz", "kundenreferenz"),
    "status": ("status", "state", "info", "buchungsstatus", "statut", "etat", "estado", "stato", "tila"),
}  # fmt: skip
#: columns of who paid and of who was paid: beside each other, either holds the other party in half of the rows only
_PAYERS = frozenset(
    ("payer", "sender", "ordering party", "zahlungspflichtige r", "zahlungspflichtiger", "auftraggeber", "ordenante",
     "donneur d ordre", "avsandare", "afsender", "nadawca", "maksaja")
)  # fmt: skip
_PAYEES = frozenset(
    ("payee", "recipient", "receiver", "beneficiary", "zahlungsempfanger in", "zahlungsempfanger", "empfanger",
     "begunstigter", "beneficiario", "beneficiaire", "mottagare", "modtager", "odbiorca", "saaja")
)  # fmt: skip
#: what the column that tells the direction says
DEBIT_WORDS = frozenset("d dr debit debet s soll af uit out cargo dare - db dbit".split())
CREDIT_WORDS = frozenset("c cr credit h haben bij in abono avere + crdt".split())
#: what the column of the status says of a row that is not booked yet, and of one that never will be
PENDING_WORDS = frozenset(
    ("pending", "processing", "authorised", "authorized", "vorgemerkt", "umsatz vorgemerkt", "in bearbeitung",
     "en attente", "en cours", "in behandeling", "gereserveerd", "pendiente", "in sospeso", "reserverad", "reserveret",
     "reservert", "venter", "oczekujaca", "varauksessa", "pdng")
)  # fmt: skip
VOID_WORDS = frozenset(
    ("reverted", "declined", "failed", "rejected", "cancelled", "canceled", "abgelehnt", "storniert", "abgebrochen",
     "refuse", "annule", "geweigerd", "geannuleerd", "rechazada", "rifiutato", "avvist", "avbruten", "afvist")
)  # fmt: skip


def plain(name: str) -> str:
    """:return: a column's name without accents, signs, case, and what stands in parentheses"""
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name)
    letters = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("æ", "ae").casefold())
    return " ".join(re.sub(r"[^0-9a-z]+", " ", "".join(c for c in letters if not unicodedata.combining(c))).split())


def roles(header: list[str]) -> dict[str, str]:
    """Propose which column of a header row is what.

    :return: role to the name of its column; a name that stands there twice is not proposed
    """
    names = [cell.strip() for cell in header]
    left = {name: plain(name) for name in names if name and names.count(name) == 1}
    said = set(left.values())
    if said & _PAYERS and said & _PAYEES:
        left = {name: text for name, text in left.items() if text not in _PAYERS | _PAYEES}
    found: dict[str, str] = {}
    for begins in (False, True):
        for role, words in NAMES.items():
            if role in found:
                continue
            # the words stand in the order of how likely they are
            for word in words:
                fitting = [
                    name for name, text in left.items() if text == word or begins and text.startswith(f"{word} ")
                ]
                if fitting:
                    found[role] = fitting[0]
                    del left[fitting[0]]
                    break
    return found
