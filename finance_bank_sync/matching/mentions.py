"""What a remittance text says about its numbers: which are documents, and which are something else.

People write ``Rg. 4711 v. 3.2.``, ``saldo fatt. n. 12 del 3/2``, ``INV# 10023 10024``, ``KD-NR 10045``, ``CHK 20031``:
the word before a number says what it is. A number after a word for customer, order or cheque names no document; one
after a word for invoice may be as short as people say it, and may read as a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from .tokens import GLUE, MAX_TEXT, is_date, joined, split, words_of

#: words for an invoice or credit note in the languages of Europe, as they are left without their accents
DOCUMENT = frozenset(
    "RECHNUNG RECHNUNGEN RECHNUNGS RECHN RECHG RECHNG RECH RE RG RGN R BELEG BELEGE GUTSCHRIFT GS HONORARNOTA FORDERUNG"
    " INVOICE INVOICES INV INVS IV BILL BILLS CREDITNOTE CN DOC DOCUMENT FACTUUR FACTUREN NOTA FACT FACTURE FACTURES"
    " FAC AVOIR FATTURA FATTURE FATT FT FTT PARCELLA FACTURA FACTURAS FRA FRAS NFRA SFRA FATURA FAKTURA FAKTURY FAKTURE"
    " FAKTUR FAKT FV VS LASKU LASKUT RKNING RAKNING REGNING ARVE RACUN RAUN SZAMLA SZMLA".split()
)
#: words for a reference, which is longer than what people say of a number
REFERENCE = frozenset("VIITE VIITENUMERO VIITEN KID OCR REF REFERENCE REFERENZ KASSENZEICHEN AKTENZEICHEN".split())
#: words for what is no document: customer, account, order, delivery, offer, cheque, contract, tax number
OTHER = frozenset(
    "KD KDN KUNDE KUNDEN KUNDENKONTO CUSTOMER CUST CLIENT CLIENTE KLANT MEMBER MITGLIED MITGLIEDS DEB DEBITOR DEBITOREN"
    " DEBITEUR DEBITEUREN ACCOUNT ACCT AC KONTO KTO ASIAKAS KUND STORE ORDER ORDERS AUFTRAG AUFTRAGS BESTELLUNG BESTELL"
    " BEST AUFTRAGSBESTTIGUNG PO SO PURCHASE COMMANDE CDE CMD ORDINE PEDIDO ZAMOWIENIE BESTELLING TILAUS LIEFERSCHEIN"
    " LIEFERUNG LS DELIVERY ANGEBOT QUOTE QUOTATION DEVIS OFFERTE PROJEKT PROJECT JOB TICKET FALL DOSSIER CHECK CHEQUE"
    " CHK CK CHQ SCHECK BATCH TRACE TRANSAKTION TRANSACTION VERTRAG VERTRAGS CONTRACT CONTRAT POLICE POLICY MANDAT"
    " MANDATE MREF CRED ZEICHEN IDC NIP VAT USTID SIRET TEL FAX".split()
)
#: what follows one of these is a day
DAY = frozenset("VOM V DEL DU DTD DATED DATE DATUM DAT FROM DD VTO DEN DER DE VAN".split())
FILLER = frozenset("NR NO N NUM NUMMER NUMBER NUMERO NRO ID NUMS NRS NOS S NOTE".split())
AND = frozenset("U UND AND E ET Y EN OCH JA I OG SOWIE PLUS".split())
UNTIL = frozenset("BIS TO TM AL AU THRU THROUGH".split())
#: documents that one range may be
MAX_RANGE = 50

_PARTS = re.compile(r"[^A-Z]+")
_GROUPS = re.compile(r"[0-9]+")
#: ``2026/0116``, ``26-0116``: read as a date only when the separators are gone
_YEAR_FIRST = re.compile(r"(?<![0-9./-])((?:20)?[0-9]{2}) ?[/-] ?([0-9]{4,5})(?![0-9]|[./-][0-9])")


@dataclass(slots=True)
class Reading:
    """What one booking's texts say.

    :param tokens: everything that could be the number of a document, normalised
    :param parts: digits that a word is glued to: a part of a number, which may be all of another one
    :param called: short numbers after a word for a document, ``12`` or ``12/2026``
    :param meant: numbers that are no date, though their digits may read as one
    """

    tokens: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    meant: set[str] = field(default_factory=set)


def read(texts: Iterable[str | None]) -> Reading:
    """Everything in free text that may name a document."""
    said = Reading()
    for text in set(texts):
        if text:
            _read_one(split(text[:MAX_TEXT]), said)
    return said


def _read_one(text: str, said: Reading) -> None:
    words, written = words_of(text)
    if not words:
        return
    skipped: set[int] = set()
    word = kind = ""
    before: int | None = None
    is_range = False
    is_first = True
    for place, (piece, raw) in enumerate(zip(words, written, strict=True)):
        if piece.isalpha():
            if piece in UNTIL and before is not None:
                is_range = True
            elif piece not in FILLER and not (piece in AND and before is not None):
                kind, word, before, is_first = _kind(piece, raw), piece, None, True
            continue
        if raw[0] == GLUE and piece.isdigit():
            said.parts.add(piece)
            skipped.add(place)
        if not piece.isdigit() or not kind:
            # a list of documents goes on after a number that is written in full
            kind = kind if kind == "document" else ""
            is_first = False
            continue
        if kind == "other":
            skipped.add(place)
            kind = ""
        elif kind == "day" or _is_day(raw) or not is_first and len(piece) > 4 and is_date(piece):
            kind = ""
        else:
            said.meant.add(piece)
            if kind == "document":
                said.tokens.add(word + piece)
                said.called |= _called(raw)
                if is_range or raw.lstrip(GLUE).startswith("-") and before is not None:
                    said.called |= _range(before, raw)
                before = int(piece) if len(piece) <= 9 else None
        is_range = is_first = False
    for match in _YEAR_FIRST.finditer(text) if "/" in text or "-" in text else ():
        if not 1 <= int(match[1]) <= 12 or not is_date(match[2][-4:]):
            said.meant.add(match[1] + match[2])
    said.tokens |= joined(words, skipped)


def _kind(word: str, raw: str) -> str:
    """:return: what a word says of the numbers after it; ``s/fra`` and ``Rechn.-Nr`` are words, too"""
    names = [word, *(word.removesuffix(end) for end in ("NUMMER", "NUMERO", "NR", "NO", "N") if word.endswith(end))]
    if word != raw:
        names += [part for part in reversed(_PARTS.split(raw)) if len(part) > 1 and part not in FILLER]
    for name in names:
        if name in DOCUMENT:
            return "document"
        if name in OTHER:
            return "other"
        if name in REFERENCE:
            return "reference"
    return "day" if word in DAY else ""


def _is_day(raw: str) -> bool:
    """``3.2.``, ``03.02.2026``, ``3/2/26``, ``2026-02-03``: as people write days, not numbers."""
    groups = _GROUPS.findall(raw)
    if len(groups) == 2 and raw.count(".") >= 1 and "/" not in raw and "-" not in raw:
        return len(groups[0]) <= 2 and len(groups[1]) <= 2
    if len(groups) != 3 or len(groups[1]) > 2:
        return False
    first, month, last = (int(group) for group in groups)
    if len(groups[0]) == 4:
        return _year(groups[0]) > 0 and month <= 12 and last <= 31
    is_short = len(groups[0]) <= 2 and len(groups[2]) in (2, 4)
    return is_short and 1 <= first <= 31 and month <= 31 and _year(groups[2]) > 0


def _year(digits: str) -> int:
    """The year that two or four digits mean, 0 when they mean none of these days."""
    value = int(digits) + (2000 if len(digits) == 2 else 0)
    return value if len(digits) in (2, 4) and 2015 <= value <= 2045 else 0


def _called(raw: str) -> set[str]:
    groups = _GROUPS.findall(raw)
    if any(len(group) > 10 for group in groups):
        return set()
    numbers = [str(int(group)) for group in groups]
    if len(groups) == 1:
        return set() if len(groups[0]) == 4 and _year(groups[0]) else {numbers[0]}
    first, second = groups[:2]
    if len(groups) == 2:
        if len(first) == 4 and _year(first):
            return {f"{numbers[1]}/{first}"}
        if _year(second):
            return {f"{numbers[0]}/{_year(second)}"}
        if len(first) == 2 and _year(first) and len(second) > 2:
            return {f"{numbers[1]}/{_year(first)}"}
        if "-" in raw and len(first) >= 3:
            return _range(int(first), second) | {numbers[0], numbers[1]}
    if len(first) < 3 or any(len(group) > len(first) for group in groups):
        return set()
    # 4711/12/15: only what changes is written again
    return {str(int(first[: len(first) - len(group)] + group)) for group in groups}


def _range(first: int | None, raw: str) -> set[str]:
    last = _GROUPS.findall(raw)[-1]
    if first is None or len(last) > 9 or not first < int(last) <= first + MAX_RANGE:
        return set()
    return {str(number) for number in range(first, int(last) + 1)}


def short_of(number: str | None, day: date | None) -> frozenset[str]:
    """What people say of a document's number: its running number, alone and with the year.

    :param day: of the document; its year counts where the number has none
    """
    runs = _GROUPS.findall(number) if number else []
    if not runs or len(runs[-1]) > 18:
        return frozenset()
    years = [run for run in runs if len(run) == 4 and _year(run)] or [
        run for run in runs if day and len(run) == 2 and _year(run) == day.year
    ]
    year = _year(years[0]) if years and len(runs) > 1 else day.year if day else 0
    rest = [run for run in runs if run != years[0]] if years and len(runs) > 1 else runs
    if not rest:
        rest = runs
    running = str(int(rest[0] if years and runs[-1] == years[0] else rest[-1]))
    return frozenset({running, f"{running}/{year}"} if year else {running})
