"""Field 86 as a text with labels that name the other party, as Dutch, Polish and German banks write it.

Nothing but what a label says is taken for anything: a text of which no label tells an account stays a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..account_numbers import polish_iban
from ..model import Party, References
from ..text_values import compact, is_iban, reference
from .values import Info

_new_party = draft(Party)
_new_references = draft(References)

#: what a label is called here, by the ways in which banks write it
_DUTCH = {
    "REK": "account", "IBAN": "account", "BIC": "bank", "NAAM": "name", "OMSCHRIJVING": "text", "KENMERK": "end_to_end",
    "BETALINGSKENM.": "structured", "MACHTIGING": "mandate", "INCASSANT": "identifier",
}  # fmt: skip
_LABEL = re.compile(rf"(?:^|(?<=[\s/]))({'|'.join(map(re.escape, _DUTCH))}): ?")
_POLISH = {
    "NA RACH.": "account", "Z RACH.": "account", "DLA": "name", "OD": "name", "TYT.": "text", "WALUTA": "currency",
    "KWOTA": "amount", "KURS": "rate",
}  # fmt: skip
#: a label of these and of others of the same bank
_SEGMENT = re.compile(r"([^\W\d_][^:;]{1,24}): ?(.*)", re.DOTALL)
#: type, text, name and account of the other party between colons, and what the bank thinks it is
_COLONS = re.compile(
    r"(?:\d{3})?([A-Z][A-Z_]{3,30}):(.*):([^:]{1,140}):([A-Z]{2}\d{2}[A-Z0-9]{11,30})(?::([^:]*))?",
    re.ASCII | re.DOTALL,
)
#: an account number, also one with wrong check digits: it is shown, never paid to
_ACCOUNT = re.compile(r"[A-Z]{0,2}\d[A-Z0-9]{7,33}", re.ASCII)
_STRUCTURED = re.compile(r"\d{4,16}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_AMOUNT = re.compile(r"\d{1,15}(?:,\d{1,5})?", re.ASCII)


#: what has to stand in a text that is read here
_BEGINS = re.compile(r"(?:\d{3})?[A-Z][A-Z_]{3,30}:", re.ASCII)


def has_labels(text: str) -> bool:
    """Say whether a text may tell an account with a label; most do not, and cost little."""
    return (
        "IBAN: " in text
        or "REK: " in text
        or " RACH.: " in text
        or (text[4:6].isupper() and _BEGINS.match(text) is not None)
    )


def labels_apart(lines: Sequence[str]) -> list[str]:
    """Return lines of which one that begins with a label does not go on the line before it."""
    return [f" {line}" if _LABEL.match(line) else line for line in lines]


def read_labels(text: str) -> Info | None:
    """Read a joined text.

    :return: None where its labels tell no account of another party
    """
    if (match := _COLONS.fullmatch(text)) is not None:
        kind, told, name, account, more = match.groups()
        found = {"account": account, "name": name, "text": told}
        return _info(found, [kind, more or ""])
    if " RACH.: " in text:
        found, rest = _segments(text)
    else:
        pieces = _LABEL.split(text)
        found, rest = {}, [pieces[0]]
        for label, value in zip(pieces[1::2], pieces[2::2], strict=True):
            found.setdefault(_DUTCH[label], value.strip(" /"))
        if not found.get("text") and not found.get("structured"):
            # where no label tells what is paid, what stands before the first one does
            found["text"], rest = pieces[0].strip(), []
    return _info(found, rest) if _ACCOUNT.fullmatch(compact(found.get("account", ""))) else None


def _segments(text: str) -> tuple[dict[str, str], list[str]]:
    """:return: values by what they are, and what stands before them or has a label of its own"""
    found: dict[str, str] = {}
    rest: list[str] = []
    current = ""
    for segment in text.split("; "):
        match = _SEGMENT.fullmatch(segment.strip())
        known = _POLISH.get(match[1]) if match is not None else None
        if match is not None and known and known not in found:
            current = known
            found[known] = match[2].strip()
        elif match is None and current == "text":  # the text itself has a semicolon
            found[current] = f"{found[current]}; {segment.strip()}"
        else:
            rest.append(segment.strip(" ;"))
            current = ""
    return found, rest


def _info(found: dict[str, str], rest: list[str]) -> Info:
    get = found.get
    number = compact(get("account", ""))
    if not number.strip("0"):
        number = ""
    number = polish_iban(number) or number
    structured, told = compact(get("structured", "")), get("text", "").strip(" ;")
    if structured and not _STRUCTURED.match(structured):
        told, structured = f"{told} {structured}".strip(), ""
    match = _STRUCTURED.match(structured)
    if match is not None:  # (more can follow without a label)
        rest, structured = [*rest, get("structured", "")[len(match[0]) :]], match[0]
    references = _new_references(end_to_end_id=reference(get("end_to_end")), mandate_id=reference(get("mandate")))
    return Info(
        remittance=told or None,
        structured=(structured,) if structured else (),
        references=references if references.end_to_end_id or references.mandate_id else None,
        party=_new_party(
            name=get("name", "").strip(" ;") or None,
            iban=number if is_iban(number) else None,
            account_number=None if is_iban(number) else number or None,
            bic=reference(get("bank")),
            identifier=reference(get("identifier")),
        ),
        text=" ".join("; ".join(part.strip() for part in rest if part.strip()).split()) or None,
        amounts=_amounts(get("currency", ""), get("amount", ""), get("rate", "")),
    )


def _amounts(currency: str, amount: str, rate: str) -> str:
    """Return what another currency is told of, as field 61 has it."""
    if not (_CURRENCY.fullmatch(currency) and _AMOUNT.fullmatch(amount)):
        return ""
    return f"/OCMT/{currency}{amount}" + (f"/EXCH/{rate}" if _AMOUNT.fullmatch(rate) else "")
