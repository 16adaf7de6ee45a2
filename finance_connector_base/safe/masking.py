"""Masking of account numbers, cards and tokens for views and log lines.

A person can still recognise an account (``DE89…3000``); nobody can copy it.
"""

from __future__ import annotations

import json
import re
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
_HIDDEN = "••••"


def mask_account(number: str) -> str:
    """``DE89370400440532013000`` becomes ``DE89…3000``; short numbers keep their last two digits."""
    compact = number.replace(" ", "")
    if len(compact) <= 6:
        return f"…{compact[-2:]}"
    return f"{compact[:4]}…{compact[-4:]}"


def mask_text(text: str) -> str:
    """Mask IBANs (mod 97 decides) and card numbers (Luhn decides) anywhere in a text."""

    def card(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match.group(0))
        return f"{digits[:4]}…{digits[-4:]}" if is_card(digits) else match.group(0)

    return _CARD.sub(card, _mask_ibans(text))


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


def mask_json(value: Any) -> str:
    """:return: indented JSON with accounts masked and the values of secret-looking keys hidden"""
    if value in (None, False, {}, []):
        return ""
    return mask_text(json.dumps(_hide(value), indent=2, ensure_ascii=False, default=str))


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _HIDDEN if _SECRET_KEY.search(str(k)) else _hide(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_hide(item) for item in value]
    return value


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
