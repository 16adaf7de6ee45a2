"""Masking by class of data, for views and log lines.

A person can still recognise an account (``DE89…3000``); nobody can copy it. What is recognised in any text is
in :data:`CLASSES`; names are recognised by where they stand (an element, a key), see :func:`mask_names`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: ISO 13616 registry: country -> length of its account numbers
_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d\d)",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29"
        " ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20"
        " LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29"
        " PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
        " YE30",
    )
}
#: beginning of an account number; how far it goes its country says
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?=[ \u00a0-]?[A-Z0-9])")
_IBAN_NEXT = re.compile(r"[ \u00a0-]?[A-Z0-9]")
_CARD = re.compile(r"\b(?:\d[ -]?){12,18}\d\b")
_SECRET_KEY = re.compile(r"passw|secret|token|private_?key|passphrase|authorization", re.IGNORECASE)
_NAME_KEY = re.compile(
    r"(?:^|[_ ])(?:(?:first|last|full|family|given|legal|display)?[_ ]?name"
    r"|debtor|creditor|holder|beneficiary|payee|payer)$",
    re.IGNORECASE,
)
_NAME_ELEMENT = re.compile(r"(<(?P<tag>(?:\w+:)?(?:Nm|Name|FirstName|LastName))>)([^<]+)(</(?P=tag)>)")
#: tokens that say what they are
_TOKEN = re.compile(
    r"(?P<key>-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|(?P<jwt>\beyJ)[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"
    r"|(?P<scheme>\b(?:Bearer|Basic) )[A-Za-z0-9._~+/-]{8,}=*"
    r"|(?P<kind>\b(?:whsec_|sk_live_|sk_test_|hvs\.|v2:[0-9a-f]{12}:|c1:\d{1,12}:))[A-Za-z0-9+/=_:.-]{8,}"
)
#: VAT numbers of the EU, the UK and Switzerland as they are written, US SSN and EIN
_TAX = re.compile(
    r"(?<![A-Za-z0-9])(?:ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}"
    r"|ES[A-Z0-9]\d{7}[A-Z0-9]|FI\d{8}|FR[A-Z0-9]{2}\d{9}|GB\d{9}|HR\d{11}|HU\d{8}|IE\d[A-Z0-9]\d{5}[A-Z]{1,2}|IT\d{11}"
    r"|LT(?:\d{9}|\d{12})|LU\d{8}|LV\d{11}|MT\d{8}|NL\d{9}B\d{2}|PL\d{10}|PT\d{9}|RO\d{6,10}|SE\d{12}|SI\d{8}|SK\d{10}"
    r"|CHE-?\d{3}\.?\d{3}\.?\d{3}|\d{3}-\d{2}-\d{4})(?![A-Za-z0-9])"
)
_TAX_KEY = re.compile(r"(?:^|_)(?:tax|vat|ssn|ein|tin)(?:_?(?:id|number|no|code))?$", re.IGNORECASE)
_HIDDEN = "••••"


@dataclass(frozen=True, slots=True)
class DataClass:
    """A class of data that is recognised in any text.

    :param mask: takes a text and gives it back with all of this class masked
    """

    code: str
    label: str
    mask: Callable[[str], str]


def mask_account(number: str) -> str:
    """``DE89370400440532013000`` becomes ``DE89…3000``; short numbers keep their last two digits."""
    compact = number.replace(" ", "")
    if len(compact) <= 6:
        return f"…{compact[-2:]}"
    return f"{compact[:4]}…{compact[-4:]}"


def mask_text(text: str) -> str:
    """Mask everything in :data:`CLASSES` anywhere in a text."""
    for data_class in CLASSES:
        text = data_class.mask(text)
    return text


def mask_names(text: str) -> str:
    """Mask the names in a file that marks them as such (``<Nm>``)."""
    return _NAME_ELEMENT.sub(lambda found: f"{found[1]}{_initials(found[3])}{found[4]}", text)


def _initials(name: str) -> str:
    return " ".join(f"{part[0]}…" for part in name.split()) or name


def _mask_tokens(text: str) -> str:
    return _TOKEN.sub(
        lambda found: f"{found['key'] or found['jwt'] or found['scheme'] or found['kind']}{_HIDDEN}", text
    )


def _mask_cards(text: str) -> str:
    def card(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match.group(0))
        return f"{digits[:4]}…{digits[-4:]}" if is_card(digits) else match.group(0)

    return _CARD.sub(card, text)


def _mask_tax_ids(text: str) -> str:
    return _TAX.sub(lambda found: f"{found[0][:2]}…{found[0][-2:]}", text)


def _mask_ibans(text: str) -> str:
    shown = []
    done = 0
    for match in _IBAN_START.finditer(text):
        if match.start() < done:
            continue
        end = _end_of_iban(text, match)
        if end is not None:
            shown += [text[done : match.start()], mask_account(re.sub(r"[^A-Z0-9]", "", text[match.start() : end]))]
            done = end
    return "".join([*shown, text[done:]])


def _end_of_iban(text: str, start: re.Match[str]) -> int | None:
    """:return: where the account number ends that begins here, or None when there is none"""
    compact = start.group(0)
    length = _LENGTHS.get(compact[:2])
    end = start.end()
    while length and len(compact) < length and (following := _IBAN_NEXT.match(text, end)):
        compact += following.group(0)[-1]
        end = following.end()
    return end if length and len(compact) == length and is_iban(compact) else None


#: a new class of data is one line here
CLASSES = (
    DataClass("token", "Token or private key", _mask_tokens),
    DataClass("account", "Account number", lambda text: _mask_ibans(text)),
    DataClass("card", "Card number", _mask_cards),
    DataClass("tax", "Tax or social security number", _mask_tax_ids),
)


def mask_json(value: Any, *, names: bool = False) -> str:
    """Show a value as indented JSON with what is in :data:`CLASSES` masked, and secret-looking keys hidden.

    :param names: mask names of people and companies, too
    """
    if value in (None, False, {}, []):
        return ""
    return mask_text(json.dumps(_hide(value, names), indent=2, ensure_ascii=False, default=str))


def plain_json(value: Any) -> str:
    """Show a value as indented JSON in clear, but for what is a secret by its key or its form."""
    if value in (None, False, {}, []):
        return ""
    return _mask_tokens(json.dumps(_hide_secrets(value), indent=2, ensure_ascii=False, default=str))


def _hide_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _HIDDEN if _SECRET_KEY.search(str(key)) else _hide_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide_secrets(item) for item in value]
    return value


def mask_value(key: str, value: Any) -> str:
    """Show one value of a JSON object, by the rules of :func:`mask_json`.

    :param key: its name there, or the dotted path to it
    """
    return mask_text(str(_hide_value(key.rpartition(".")[2], value, False)))


def _hide(value: Any, names: bool) -> Any:
    if isinstance(value, dict):
        return {key: _hide_value(str(key), item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide(item, names) for item in value]
    return value


def _hide_value(key: str, value: Any, names: bool) -> Any:
    if _SECRET_KEY.search(key):
        return _HIDDEN
    if isinstance(value, str) and value:
        if _TAX_KEY.search(key):
            return f"…{value[-2:]}"
        if names and _NAME_KEY.search(key):
            return _initials(value)
    return _hide(value, names)


def is_iban(text: str) -> bool:
    """ISO 13616 check digits."""
    compact = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", compact):
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_card(digits: str) -> bool:
    """ISO/IEC 7812 Luhn check over 13 to 19 digits."""
    if not 13 <= len(digits) <= 19:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def printable(head: bytes) -> str:
    """Show the head of a payload as text; binary content is named, not dumped."""
    if not head:
        return ""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # a multi-byte character cut at the end of the head is no sign of another encoding
        is_cut = error.reason == "unexpected end of data"
        text = head.decode("utf-8", "replace") if is_cut else head.decode("latin-1")
    if "\x00" in text or head.startswith(b"PK\x03\x04"):
        return f"[binary, first {min(len(head), 16)} bytes: {head[:16].hex(' ')}]"
    return text
