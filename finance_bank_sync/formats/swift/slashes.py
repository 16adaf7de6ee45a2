"""Field 86 with codes between slashes, as Dutch banks and SWIFT itself write it (specs/mt940 section A4)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import NO_REFERENCES, Party, References, Return
from ..text_values import compact, is_iban, reference
from .values import Info

_new_party = draft(Party)
_new_references = draft(References)

_CODES = (
    "EREF PREF KREF MARF MREF CSID CRED ORDP BENM DBTR CDTR IBAN BIC NAME REMI PURP ISDT RTRN TRTP CNTP ULTD ULTC ULTB"
    " ACW ACCW ADDR TEXT MANDATE SVWZ UDTR UCRD OBI BBI OCMT CHGS EXCH TRCD IREF CDTRREFTP CDTRREF OPRP"
    " CRNM CACT CBIC DBNM DACT DBIC BBAN RTYP NRTX PIND OAMT DCID CCID"
).split()
_OF_PARTY = frozenset({"NAME", "IBAN", "BIC", "ADDR"})
#: name, account and bank
_PAYER, _PAYEE = ("DBNM", "DACT", "DBIC"), ("CRNM", "CACT", "CBIC")
_AMOUNTS = ("OCMT", "CHGS", "EXCH")
#: what is told with its code
_NOTES = ("NRTX", "OAMT", "DCID", "CCID")
#: codes that few banks write, and that add to the text
_RARE = frozenset((*_AMOUNTS, "OBI", "BBI"))
_AMOUNT = re.compile(r"((?:[A-Z]{3})?[0-9][0-9,.]{0,29})(?:/+|\s+|$)(.*)", re.ASCII | re.DOTALL)
#: codes of one first letter stand together, so that most of them need not be tried
SLASH_CODE = re.compile(
    "/("
    + "|".join(
        f"{letter}(?:{'|'.join(code[1:] for code in _CODES if code[0] == letter)})"
        for letter in sorted({code[0] for code in _CODES})
    )
    + ")/"
)
#: what may be a code
_SOME_CODE = re.compile(r"/[A-Z]{2,8}/", re.ASCII)
#: a party by position: its account, its name, and then what the payment is for
_PLACES = re.compile(r"(\d{8,34}|[A-Z]{2}\d{2}[A-Z0-9]{11,30})/([^/]*[^\W\d][^/]*)((?:/.*)?)", re.ASCII)


#: a line this long, but not longer than allowed, goes on in the next one
_FULL, _LINE = 60, 65
_CUT = re.compile(r"/[A-Z]{0,7}", re.ASCII)
_REST = re.compile(r"[A-Z]{0,7}/", re.ASCII)
#: ends a line that ends a word
_BREAK = "\x00"
_BREAK_OF_PLACE = f"{_BREAK}/"
_TEXTS = frozenset(
    "NAME ORDP BENM DBTR CDTR REMI TEXT SVWZ OBI BBI ADDR ULTD ULTC ULTB UDTR UCRD CNTP TRTP RTYP OPRP"
    " CRNM DBNM".split()
)


def join_slashes(lines: Sequence[str]) -> str:
    """Join the lines of a field: full ones go on in the next one, a code can be parted between any two."""
    before = joined = lines[0]
    for line in lines[1:]:
        is_full = _FULL <= len(before) <= _LINE
        if is_full or _REST.match(line) and _CUT.fullmatch(before[before.rfind("/") :]) or not line.strip():
            joined += line
        else:
            joined = f"{joined}{_BREAK}{line}"
        before = line
    return joined


def read_slashes(text: str, *, negative: bool) -> Info | None:
    """Read the joined lines of a field 86.

    :param negative: money went out, so that of two parties the beneficiary is the other one
    :return: None where no code begins it that is known, or that looks like one and is followed by one that is
    """
    pieces = SLASH_CODE.split(text)
    if len(pieces) == 1 or pieces[0] and _SOME_CODE.match(text) is None:
        return None
    if _BREAK in text:
        _part_words(pieces)
    if "ORDP" in pieces and "BENM" in pieces:
        pieces = _of_one_side(pieces, "ORDP" if negative else "BENM")
    found: dict[str, str] = {}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        value = value.strip("/ ") if name != "REMI" and name != "CNTP" else value.strip()
        if name not in found:
            found[name] = value
        elif value:
            found[name] = f"{found[name]} {value}".strip()
    get = found.get
    iban = None
    bank = ""
    name_ = get("NAME") or get("ORDP") or get("BENM") or get("DBTR") or get("CDTR")
    # /ORDP/NAME/.. : the slash before NAME ends the code before it
    name_ = name_.removeprefix("NAME/") if name_ else None
    account = compact(get("IBAN", "") or get("BBAN", ""))
    if not account and "ACCW" in found:
        account, _comma, bank = compact(found["ACCW"]).partition(",")
    number = get("CSID") or get("CRED")
    if not name_:
        side = _side(found, negative=negative)
        if side is not None:
            name_, account, bank = get(side[0]), compact(get(side[1], "")), get(side[2], "")
    elif name_[:3] == "ID/":
        number = number or name_[3:]
        name_ = None
    amounts = beside = ""
    told = get("REMI") or get("TEXT") or get("SVWZ") or ""
    if not _RARE.isdisjoint(found):
        amounts, beside = _split_amounts(found)
        told = " ".join(part for part in (told, get("OBI"), get("BBI"), beside) if part)
    if name_ and not account and (match := _PLACES.fullmatch(name_)):
        account, name_ = match[1], match[2].strip()
        told = " ".join(part for part in (match[3].strip("/ "), told) if part)
    bic = reference(get("BIC") or bank)
    if "CNTP" in found:  # fields by position: account, bank, name, city
        place = [part.strip() for part in found["CNTP"].split("/")]
        place += [""] * (4 - len(place))
        account, bic, name_ = compact(place[0]), compact(place[1]) or None, place[2] or None
    iban = account if is_iban(account) else None
    ultimate = get("ULTD") or get("ULTC") or get("ULTB")
    identifier = reference(number)
    party = None
    if name_ or account or bic or ultimate or identifier:
        party = _new_party(
            name=" ".join(name_.split()) if name_ else None,
            ultimate_name=ultimate or None,
            iban=iban,
            account_number=None if iban else account or None,
            bic=bic,
            identifier=identifier,
            address=(found["ADDR"],) if found.get("ADDR") else (),
        )
    structured, remittance = _remittance(told)
    if found.get("CDTRREF"):
        structured = (*structured, compact(found["CDTRREF"]))
    references = _new_references(
        end_to_end_id=reference(get("EREF")),
        mandate_id=reference(get("MARF") or get("MREF") or get("MANDATE")),
        payment_information_id=reference(get("PREF")),
        instruction_id=reference(get("KREF") or get("IREF")),
    )
    returned = get("RTRN")
    return Info(
        remittance=remittance,
        structured=structured,
        references=None if references == NO_REFERENCES else references,
        party=party,
        text=_joined(pieces[0], get("TRTP") or get("RTYP"), get("OPRP"), _notes(found)),
        purpose=reference(get("PURP")),
        returned=Return(code=returned) if returned else None,
        amounts=amounts,
    )


def _notes(found: dict[str, str]) -> str:
    return " ".join(f"{code} {found[code]}" for code in _NOTES if code in found and found[code])


def _joined(before: str, kind: str | None, initiator: str | None, notes: str) -> str | None:
    if not before and not initiator and not notes:
        return kind or None
    return " ".join(part for part in (" ".join(before.split()), kind, initiator, notes) if part) or None


def _part_words(pieces: list[str]) -> None:
    """Replace the breaks between lines, in the pieces of a field, by blanks in texts, and by nothing elsewhere."""
    for at in range(0, len(pieces), 2):
        value = pieces[at]
        if _BREAK in value:
            is_text = not at or pieces[at - 1] in _TEXTS
            pieces[at] = (value.replace(_BREAK_OF_PLACE, "/") if at else value).replace(_BREAK, " " if is_text else "")


def _side(found: dict[str, str], *, negative: bool) -> tuple[str, str, str] | None:
    """Return the codes of the other party where payer and payee have codes of their own, as with an American bank."""
    sides = (_PAYEE, _PAYER) if negative else (_PAYER, _PAYEE)
    return next((side for side in sides if any(code in found for code in side)), None)


def _of_one_side(pieces: list[str], own: str) -> list[str]:
    """Leave out what is said of our own side, where both are named: its code and what can follow it."""
    left = pieces[:1]
    side = ""
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        side = name if name in ("ORDP", "BENM") else side if name in _OF_PARTY else ""
        if side != own:
            left += [name, value]
    return left


def _split_amounts(found: dict[str, str]) -> tuple[str, str]:
    """:return: the amounts as field 61 has them, and the text that follows them without a code of its own"""
    amounts, texts = [], []
    for name in _AMOUNTS:
        match = _AMOUNT.match(found.get(name, ""))
        if match is not None:
            amounts.append(f"/{name}/{match[1]}")
            texts.append(match[2].strip())
        elif name in found:
            texts.append(f"/{name}/{found[name]}")
    return "".join(amounts), " ".join(text for text in texts if text)


def _remittance(text: str) -> tuple[tuple[str, ...], str | None]:
    """Read ``USTD//text``, ``STRD/CUR/reference`` or a text."""
    if text.startswith("STRD/"):
        kind, _slash, number = text[5:].strip("/").rpartition("/")
        return ((compact(number),) if number else ()), None
    if text.startswith("USTD/"):
        text = text[5:]
    return (), " ".join(text.strip("/ ").split()) or None
