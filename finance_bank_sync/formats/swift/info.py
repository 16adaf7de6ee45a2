"""Field 86 and its like: what the banks say about a booking (specs/mt940 section A4).

Which way a bank writes is told by the first characters: three digits and a separator (German and
those who took it over), codes between slashes (Dutch and SWIFT's own), everything else is text.
A way that is not known is text: nothing of it is lost, and it refuses no file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..account_numbers import polish_iban
from ..model import Party, References, Return
from ..text_values import compact, is_iban, reference
from .labels import has_labels, labels_apart, read_labels
from .product import BEGIN, read_product
from .slashes import join_slashes, read_slashes
from .values import NOTHING as NOTHING
from .values import Info as Info

_new_party = draft(Party)
_new_references = draft(References)


#: three digits (they are missing with some banks), a separator, and the first subfield
_STRUCTURED = re.compile(r"(\d{3})?([^\w\s/:.,+\-()'])(?=\d\d)")
#: three letters and a plus sign, which stands in texts, too: it separates before the numbers that the bank uses only
_LETTERED = re.compile(r"([A-Z]{3})(\+)(?=00)", re.ASCII)
#: three digits and a plus sign, of a text as well: a second subfield has to follow
_NUMBERED = re.compile(r"(\d{3})(\+)(?=(?:00|1\d|2\d|3[0-4]))", re.ASCII)
#: a code of a Swiss bank before the text
_SWISS = re.compile(r"([A-Z][A-Z0-9][0-9])\?(?=\S)", re.ASCII)
_PLUS = re.compile(r"\+(?=(?:00|10|2\d|3[0-4]|6[0-3]))", re.ASCII)
_KEYWORDS = (
    "EREF", "KREF", "MREF", "CRED", "DEBT", "COAM", "OAMT", "SVWZ", "ABWA", "ABWE", "IBAN", "BIC", "PURP", "MDAT",
    "SQTP", "RREF", "RCUR",
)  # fmt: skip
#: borders of subfields stay visible until the keywords were found: one may begin at a border, and be cut by one
_BORDER = "\x00"
_KEYWORD = re.compile(
    rf"(?:(?<![A-Za-z0-9])|(?<={_BORDER}))("
    + "|".join(f"{_BORDER}?".join(keyword) for keyword in _KEYWORDS)
    + rf"){_BORDER}?\+"
)
#: one keyword right after the value of another one, as some banks write them; a reference can hold a plus sign, too
_GLUED = re.compile(
    r"(?<=[0-9]|(?<=NOTPROVIDE)D)("
    + "|".join(f"{_BORDER}?".join(keyword) for keyword in ("EREF", "KREF", "MREF", "CRED", "SVWZ", "ABWA", "PURP"))
    + rf"){_BORDER}?\+"
)
#: keywords before a colon, after the text, as cooperative banks write them
_COLON = re.compile(r"(?:(?<=\s)|^)(EREF|KREF|MREF|CRED|SVWZ|ABWA|ABWE|PURP|IBAN|BIC):\s?(?=\S)")
_TELLING = frozenset({"EREF", "KREF", "MREF", "CRED", "SVWZ"})
#: keywords at the begin of a text without subfields
_BARE = re.compile(r"(?:EREF|KREF|MREF|CRED|SVWZ)\+")
#: the account of the other party, its name, and after more than one blank the text
_ACCOUNT_FIRST = re.compile(r"([A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}) (?:([^\s/](?:[^\s]| (?! )){1,69})  )?", re.ASCII)
_RETURNS = frozenset({"108", "109", "159"})
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
#: a full line goes on in the next one without a blank
_LINE = 65
_SUBFIELD = 27
#: Polish banks go on with the name here, German ones with the text, but from 60 on
_NAME_GOES_ON = ("62", "63")
#: subfields have these first digits; what looks like another one is a text that has the separator in it
_FIRST_DIGITS = frozenset("012367")
#: codes between slashes of which the first slash is left out
_UNOPENED = re.compile(r"(?:EREF|PREF|KREF|MREF)/", re.ASCII)
#: the name that an Austrian bank writes first, behind the code 999
_NAME = 35
#: what a Polish bank writes into subfields that hold nothing, in two encodings
_FILLERS = frozenset("\u02d9\u00ff")


def read_info(lines: Sequence[str], *, negative: bool = False) -> Info:
    """Read the lines of a field 86.

    :param negative: money went out
    """
    first = lines[0]
    match = _STRUCTURED.match(first)
    if match is None and first[3:4] == "+":
        match = _LETTERED.match(first)
        if match is None and (match := _NUMBERED.match(first)) is not None:
            match = match if _PLUS.search("".join(lines), match.end()) else None
    if match is not None:
        return _german(lines, match)
    if first[:2] == " /":  # (some banks begin every line with a blank)
        first, lines = first[1:], [first[1:], *lines[1:]]
    elif first[4:5] == "/" and _UNOPENED.match(first):
        first, lines = f"/{first}", [f"/{first}", *lines[1:]]
    if first.startswith("/"):
        if first.startswith(BEGIN):
            return read_product(join_slashes(lines), negative=negative)
        info = read_slashes(join_slashes(lines), negative=negative)
        if info is not None:
            if info.amounts and info.remittance and info.party is None and info.references is None:
                # a text that amounts precede: its lines end words
                return info._replace(remittance=join_text(lines, _LINE))
            return info
    elif len(lines) > 1 and len(first) == 3 and first.isdigit():
        # the code alone on its line, subfields below, where some banks repeat it
        second = lines[1].removeprefix(first)
        match = _STRUCTURED.match(first + second)
        if match is not None:
            return _german([first + second, *lines[2:]], match)
    if first[4:5] == "+" and _BARE.match(first):
        keywords, remittance = _purposes(list(lines))
        party = _party(name=None, account="", other="", bank="", keywords=keywords)
        return Info(remittance=remittance, references=_references(keywords), party=party)
    text = join_text(lines, _LINE)
    if first[3:4] == "?" and (match := _SWISS.match(first)) is not None and text:
        return Info(code=match[1], remittance=text[match.end() :].strip() or None)
    if (
        text
        and ":" in text
        and has_labels(text)
        and (told := read_labels(join_text(labels_apart(lines), _LINE) or "")) is not None
    ):
        return told
    return Info(remittance=text, party=_first_account(first) if first[2:4].isdigit() else None)


def read_named(lines: Sequence[str]) -> Info:
    """Read a field 86 of an Austrian bank: the code 999 and the name of the other party, and the text below them."""
    first = lines[0][3:].strip()
    if len(lines) == 1 or len(first) > _NAME:
        return Info(code="999", remittance=join_text([lines[0][3:], *lines[1:]], _LINE))
    return Info(code="999", remittance=join_text(lines[1:], _LINE), party=_new_party(name=first) if first else None)


def _first_account(line: str) -> Party | None:
    """Return the party whose account begins a text; the text keeps it."""
    match = _ACCOUNT_FIRST.match(line)
    return _new_party(iban=match[1], name=match[2]) if match is not None and is_iban(match[1]) else None


def join_text(lines: Sequence[str], full: int) -> str | None:
    """Join lines: a full one goes on without a blank, every other ends a word."""
    if len(lines) == 1:
        return " ".join(lines[0].split()) or None
    joined = ""
    goes_on = True
    for line in lines:
        if not line.strip():
            goes_on = False
            continue
        joined += line if goes_on or not joined else " " + line
        goes_on = len(line) >= full
    return " ".join(joined.split()) or None


# -- the German way --------------------------------------------------------------------


def _german(lines: Sequence[str], match: re.Match[str]) -> Info:
    code, separator = match[1], match[2]
    body = "".join(lines)[match.end() - 1 :]
    if body[-1] == separator and body[-2:-1].isspace():  # the last subfield is ended, too
        body = body[:-1]
    fields: dict[str, str] = {}
    purposes: list[str] = []
    is_text = is_long = False
    for piece in _border(separator).split(body)[1:]:
        number, value = piece[:2], piece[2:]
        if value[:1] in _FILLERS and not value.strip("\u02d9\u00ff"):
            continue
        if number in _NAME_GOES_ON and "32" in fields and not is_long:
            fields[number] = value
            is_text = False
        elif number[0] == "2" or number[0] == "6":
            purposes.append(value)
            is_text = True
            is_long = is_long or number[0] == "6"
        elif is_text and number[0] not in _FIRST_DIGITS and value:
            purposes[-1] += separator + piece
        elif is_text and number == "33" and "32" not in fields and len(purposes[-1]) > _SUBFIELD:
            purposes[-1] += value  # a name within a text that is longer than subfields are
        else:
            fields[number] = fields.get(number, "") + value
            is_text = False
    found_bank = found_account = ""
    if code == "000" and len(purposes) > 1 and _BIC.fullmatch(purposes[0].strip()):
        # Dutch banks write bank and account of the other party before the text
        if is_iban(number := compact(purposes[1])):
            found_bank, found_account, purposes = purposes[0], number, purposes[2:]
    get = fields.get
    if (note := get("38")) and note in purposes:  # Polish banks repeat the other account among the texts
        purposes.remove(note)
    keywords, remittance = _purposes(purposes)
    names = [get("32", ""), get("33", ""), *(fields[number] for number in _NAME_GOES_ON if number in fields)]
    if names[1] and not names[1].strip("/ "):
        del names[1]
    account = _account(code, get("31", "") or get("38", ""), get("10", ""))
    if (
        not account and len(names) > 1 and names[1] and is_iban(second := compact(names[1]))
    ):  # in the place of a second line of the name
        account, names = second, names[:1]
    party = _party(
        name=join_text(names, _SUBFIELD),
        account=account or found_account,
        other=get("38", ""),
        bank=get("30", "") or found_bank,
        keywords=keywords,
        ultimate=join_text([get("70", ""), get("71", "")], _SUBFIELD) if "70" in fields else None,
    )
    key = get("34", "").strip()
    returned = None
    if code in _RETURNS:
        returned = Return(code=key or None, text=get("00", "").strip() or None)
    return Info(
        remittance=remittance,
        references=_references(keywords),
        party=party,
        code=code,
        text=" ".join(get("00", "").split()) or None,
        purpose=reference(keywords.get("PURP")),
        returned=returned,
    )


@lru_cache(maxsize=64)
def _border(separator: str) -> re.Pattern[str]:
    """Return what separates the subfields."""
    return _PLUS if separator == "+" else re.compile(re.escape(separator) + r"(?=\d\d)")


def _account(code: str | None, number: str, note: str) -> str:
    """Return the other account.

    With the Dutch code 000 it stands where German banks number the batch (zeros: none), and the own one at its place.
    """
    if code == "000" and len(note := compact(note)) >= 9 and note.isdigit():
        return note if note.strip("0") else ""
    return number


def _purposes(purposes: list[str]) -> tuple[dict[str, str], str | None]:
    """Tell the SEPA keywords from the text.

    :return: the values by keyword, and the remittance text
    """
    text = _BORDER.join(purposes)
    pieces = _KEYWORD.split(text) if "+" in text else [text]
    if len(pieces) == 1:
        return _colons(join_text(purposes, _SUBFIELD))
    if text.count("+") > len(pieces) // 2:  # more of them than keywords were found by
        pieces = [part for piece in pieces for part in _GLUED.split(piece)]
    found: dict[str, str] = {}
    before = join_text(pieces[0].split(_BORDER), _SUBFIELD)
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        name = name.replace(_BORDER, "")
        value = " ".join(value.replace(_BORDER, "").split())
        if name in found:  # a second text belongs to the first
            value = f"{found[name]} {value}".strip()
        found[name] = value
    told = [text for text in (before, found.get("SVWZ")) if text]
    return found, " ".join(told) or None


def _colons(text: str | None) -> tuple[dict[str, str], str | None]:
    """Tell keywords before a colon from the text before them."""
    pieces = _COLON.split(text) if text and ":" in text else []
    if not _TELLING & set(pieces[1::2]):
        return {}, text
    found = {name: value.strip() for name, value in zip(pieces[1::2], pieces[2::2], strict=True)}
    told = [part for part in (pieces[0].strip(), found.get("SVWZ")) if part]
    return found, " ".join(told) or None


def _references(keywords: dict[str, str]) -> References | None:
    if not keywords:
        return None
    get = keywords.get
    end_to_end, mandate, own = reference(get("EREF")), reference(get("MREF")), reference(get("KREF"))
    if not (end_to_end or mandate or own):
        return None
    return _new_references(end_to_end_id=end_to_end, mandate_id=mandate, instruction_id=own)


def _party(
    *, name: str | None, account: str, other: str, bank: str, keywords: dict[str, str], ultimate: str | None = None
) -> Party | None:
    number = compact(account)
    iban = number if is_iban(number) else None
    if iban is None:
        others = (compact(other), compact(keywords.get("IBAN", "")))
        iban = next((candidate for candidate in others if is_iban(candidate)), None)
        if iban is None:
            iban = polish_iban(number) or polish_iban(others[0])
    bank = compact(bank)
    bic = bank if _BIC.fullmatch(bank) else reference(keywords.get("BIC"))
    if not iban and number and bank and not bic:
        number = f"{bank}/{number}"
    ultimate = reference(keywords.get("ABWA")) or reference(keywords.get("ABWE")) or ultimate
    identifier = reference(keywords.get("CRED"))
    if not (name or number or iban or bic or ultimate or identifier):
        return None
    return _new_party(
        name=name,
        ultimate_name=ultimate,
        iban=iban,
        account_number=None if iban else number or None,
        bic=bic,
        identifier=identifier,
    )


# -- lines of two digits and text (field NS) -------------------------------------------


def read_lines(lines: Sequence[str]) -> Info:
    """Read a field NS: 01 to 14 purpose, 15 and 16 counterparty, 33 and 34 its bank and account."""
    fields: dict[str, str] = {}
    for line in lines:
        if line[:2].isdigit():
            fields[line[:2]] = line[2:].strip()
    purposes = [fields[number] for number in sorted(fields) if "02" <= number <= "14" and fields[number]]
    if not purposes and "01" in fields:
        purposes = [fields["01"]]
    party = _party(
        name=" ".join(fields[number] for number in ("15", "16") if fields.get(number)) or None,
        account=fields.get("34", ""),
        other="",
        bank=fields.get("33", ""),
        keywords={},
    )
    told = [fields["17"]] if "17" in fields else []
    if "01" in fields and fields["01"] not in purposes:
        told.insert(0, fields["01"])
    return Info(
        remittance=" ".join(" ".join(purposes).split()) or None, party=party, text=" ".join(filter(None, told)) or None
    )


def with_lines(info: Info, lines: Sequence[str]) -> Info:
    """Add what a field NS says to what field 86 says: each tells what the other one does not."""
    more = read_lines(lines)
    if info.remittance and more.remittance and more.remittance not in info.remittance:
        told: tuple[str | None, ...] = (info.text, more.text, more.remittance)
    else:
        told = (info.text, more.text)
    return info._replace(
        remittance=info.remittance or more.remittance,
        party=info.party or more.party,
        text=" ".join(part for part in told if part) or None,
    )
