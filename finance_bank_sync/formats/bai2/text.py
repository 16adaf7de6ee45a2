"""Who and what the text of a BAI2 booking names: American banks write it with labels, each in a way of its own.

The text stays whole as remittance, so a label that is not known here hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ..model import Party
from ..text_values import is_iban, reference

#: what a label is called here, by the ways in which banks write it
_WRITTEN = {
    "ORIGINATOR": (
        "ORIG CO NAME", "CO NAME", "BY ORDER OF", "B/O CUSTOMER", "B/O", "ORIGINATOR", "ORIGINATOR NAME", "ORIG", "ORG",
        "ORG NAME", "SENDER", "SENDER NAME", "DBNM",
    ),
    "BENEFICIARY": (
        "BENEFICIARY", "BENEFICIARY NAME", "BENEF", "BENE", "BENE NAME", "BEN", "BNF", "BNF NAME", "CRNM",
    ),
    "ORIGINATOR ACCOUNT": ("ORIGINATOR ID", "ORIGINATOR ACCT", "ORG ID", "ORG ACCT", "DACT"),
    "BENEFICIARY ACCOUNT": ("BENEFICIARY ID", "BENEFICIARY ACCT", "BENE ID", "BENE ACCT", "BNF ID", "BNF ACCT", "CACT"),
    "ORIGINATOR BANK": ("SND BK", "SND BNK", "SENDING BANK", "SENDER BANK", "SENDER BNK", "ORIGINATOR BANK", "OGB"),
    "BENEFICIARY BANK": ("BNF BK", "BNF BNK", "BENEFICIARY BANK", "BENE BANK", "REC FI", "BBK"),
    # one that goes before a name has the account
    "ORDERER": ("BO",),
    "ORDERER NAME": ("BO1",),
    "COMPANY": ("ORIG ID", "CO ID"),
    "ACCOUNT": ("ID", "ACCT", "A/C"),
    "TRACE": ("TRACE NUMBER", "TRACE NO", "TRACE #", "TRACE#", "TRACE"),
    "END TO END": ("EREF",),
    "REFERENCE": ("RFB",),
    # (where they begin, the value before them ends)
    "": (
        "OBI", "BBI", "PMT DET", "REMARKS", "REMARK", "REMI", "REF", "TRN", "SEQ", "DESC DATE", "CO ENTRY DESCR",
        "ENTRY DESC", "SEC", "EED", "IND ID", "IND NAME", "INDN", "DES", "IMAD", "OMAD", "SERVICE REF", "SSN", "IBK",
        "RELATED REF", "WIRE TYPE", "DATE", "TIME", "DETAILS", "INFO", "BANK", "ADDR",
        "VIA", "FED NO", "SENDER ID", "REC ID", "BO2", "BO3", "BO4", "OB", "OB1", "OB2", "OB3", "PY", "BI", "FR",
        "TRID", "ENDT",
        *(
            f"{side} {part}"
            for side in ("ORIGINATOR", "ORIG", "ORG", "SENDER", "BENEFICIARY", "BENE", "BNF")
            for part in ("ADDRESS", "ADDR")
        ),
    ),
}  # fmt: skip
_MEANING = {written: meaning for meaning, ways in _WRITTEN.items() for written in ways}
_NAMES = "|".join(re.escape(name) for name in sorted(_MEANING, key=len, reverse=True))
#: a label before a colon, an equals sign or both (one that a number sign ends needs none), or between slashes
_LABEL = re.compile(rf"(?:(?<![^\s/;,])|(?<=[a-z0-9)])(?=SEC:))({_NAMES})\s?(?::=|[:=])\s?|/({_NAMES})/")
#: name and address of a wire: the account after a slash, lines by number
_NUMBERED = re.compile(r"(?:/(\S+)\s*)?(?:1/)?(.*?)(?:\s+2/.*)?", re.DOTALL)
_WITH_ACCOUNT = re.compile(r"(.*?)\s+(?:ACCT|A/C|ACCOUNT)[\s#:]+(\S*\d\S*)", re.DOTALL)
#: the company that Bank of America writes before the first label
_BEFORE = re.compile(r"([^:=]{2,40}?) DES:.{0,80} INDN:.{0,80} CO ID:")
_LONGEST_NAME = 140


#: a bank that writes names and values between commas, texts in quotation marks
_PAIRED = "GS ID:"
_PAIR = re.compile(r'(?:^|,\s?)([A-Z][A-Za-z ]{1,30}):\s?("[^"]*"|.*?)(?=,\s?[A-Z][A-Za-z ]{1,30}:|$)')
_SETTLED = re.compile(r"([A-Z]{3}) ([0-9]{1,15}(?:\.[0-9]{1,5})?)")
_FX_RATE = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,10})?")


class Told(NamedTuple):
    """What a text says."""

    party: Party | None = None
    #: amount in the currency in which it was settled, without a sign, and the rate
    original: tuple[str, Decimal] | None = None
    rate: Decimal | None = None
    return_code: str | None = None
    cheque_number: str | None = None
    trace: str | None = None
    end_to_end_id: str | None = None
    reference: str | None = None


NOTHING = Told()


def read_text(lines: Sequence[str], negative: bool) -> Told:
    """Read the text of a booking.

    :param negative: money went out, so that the other side is the beneficiary
    """
    if not any(":" in line or "=" in line or "/" in line for line in lines):
        return NOTHING
    paired = NOTHING
    if any(_PAIRED in line for line in lines):
        labelled = [line for line in lines if _LABEL.match(line)]
        paired = _pairs(" ".join(line for line in lines if line not in labelled))
        lines = labelled
    found = _labels(lines)
    if not found:
        return paired
    return paired._replace(
        party=_party(found, negative) or paired.party or _company(lines[0]),
        trace=reference(found.get("TRACE")) or paired.trace,
        end_to_end_id=reference(found.get("END TO END")),
        reference=reference(found.get("REFERENCE")) or paired.reference,
    )


def _pairs(text: str) -> Told:
    found = {name: value.strip('" ') for name, value in _PAIR.findall(text)}
    get = found.get
    name = next((found[key] for key in ("From", "Return From", "To", "Return To") if get(key)), None)
    account = reference(get("Account"))
    settled, rate = _SETTLED.fullmatch(get("Settled Amt", "")), _FX_RATE.fullmatch(get("FX Rate", ""))
    return Told(
        party=Party(name=name, account_number=account) if name or account else None,
        trace=reference(get("Clearing Ref")),
        reference=reference(get("Client Ref ID")),
        original=(settled[1], Decimal(settled[2])) if settled else None,
        rate=Decimal(rate[0]) if rate else None,
        return_code=reference(get("Reason") or get("Return Reason")),
        cheque_number=reference(get("Check Serial Number")),
    )


def _labels(lines: Sequence[str]) -> dict[str, str]:
    """Return the first value of each label: it ends at the next label, or with its line.

    An account after a name belongs to that name; ``A/C`` after none names who is paid. Where nothing follows a label,
    or the account of a wire alone, the next line goes on.
    """
    found: dict[str, str] = {}
    side = current = ""
    for line in lines:
        pieces = _LABEL.split(line)
        before = pieces[0].strip()
        if before and current and (not found[current] or re.fullmatch(r"/\S+", found[current])):
            found[current] = f"{found[current]} {before}".strip()
        current = ""
        for colon, slash, value in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            meaning = _MEANING[colon or slash]
            if meaning == "ACCOUNT":
                meaning = f"{side} ACCOUNT" if side else "PAYEE" if (colon or slash) == "A/C" else ""
            side = meaning if meaning in ("ORIGINATOR", "BENEFICIARY") else ""
            current = meaning if meaning and meaning not in found else ""
            if current:
                found[current] = value.strip(" ;,/" if slash else " ;,")
    return {meaning: value for meaning, value in found.items() if value}


def _party(found: dict[str, str], negative: bool) -> Party | None:
    if not negative and "ORDERER" in found and "ORIGINATOR" not in found:
        orderer, name = found["ORDERER"], found.get("ORDERER NAME")
        found = (
            {**found, "ORIGINATOR": name, "ORIGINATOR ACCOUNT": orderer} if name else {**found, "ORIGINATOR": orderer}
        )
    # who pulled money from us is an originator, too
    sides = ("BENEFICIARY", "ORIGINATOR") if negative else ("ORIGINATOR",)
    side = next((side for side in sides if side in found or f"{side} ACCOUNT" in found), None)
    if negative and side != "BENEFICIARY" and re.search("[A-Za-z]", found.get("PAYEE", "")):
        side, found = "BENEFICIARY", {**found, "BENEFICIARY": found["PAYEE"]}
    if side is None:
        return None
    account, name = None, found.get(side, "")
    match = _NUMBERED.fullmatch(name)
    if match is not None:
        account, name = match[1], match[2]
    match = _WITH_ACCOUNT.match(name)
    if match is not None:
        name, account = match[1], account or match[2]
    account = reference(found.get(f"{side} ACCOUNT")) or account
    name = " ".join(name.split()).strip(" /")[:_LONGEST_NAME]
    if not (name or account):
        return None
    iban = is_iban(account) if account else False
    return Party(
        name=name or None,
        iban=account if iban else None,
        account_number=account if not iban else None,
        bank_name=found.get(f"{side} BANK"),
        identifier=found.get("COMPANY"),
    )


def _company(line: str) -> Party | None:
    match = _BEFORE.match(line)
    return Party(name=match[1].strip()) if match is not None else None
