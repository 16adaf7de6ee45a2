"""Masking of account numbers, cards and tokens for views and log lines.

A person can still recognise an account (``DE89…3000``); nobody can copy it.
"""

from __future__ import annotations

import json
import re
from typing import Any

_IBAN = re.compile(r"\b([A-Z]{2}\d{2})((?:[ ]?[A-Z0-9]){8,28}?)([ ]?[A-Z0-9]{2}[ ]?[A-Z0-9]{2})\b")
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

    def iban(match: re.Match[str]) -> str:
        found = match.group(0)
        return mask_account(found) if is_iban(found) else found

    def card(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match.group(0))
        return f"{digits[:4]}…{digits[-4:]}" if is_card(digits) else match.group(0)

    return _CARD.sub(card, _IBAN.sub(iban, text))


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
        # a cut multi-byte character at the end of the head is no sign of binary content
        text = head.decode("utf-8", "replace") if error.start > len(head) - 4 else head.decode("latin-1")
    if "\x00" in text or head.startswith(b"PK\x03\x04"):
        return f"[binary, first {min(len(head), 16)} bytes: {head[:16].hex(' ')}]"
    return text
