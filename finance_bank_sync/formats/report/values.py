"""Values of banks' JSON answers: present or not, of the right kind, or refused with their place."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from ..model import FormatError, Money
from ..text_values import Invalid, currency_code, plain_decimal

_AMOUNT = re.compile(r"\s*([+-]?)([0-9]{1,30})(?:[.,]([0-9]*))?\s*", re.ASCII)
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?", re.ASCII)
#: of one text; a remittance has 140
_LONGEST = 4000


def text(value: Any, place: str) -> str | None:
    """Give a text without blanks around it; numbers count as texts, empty ones as absent."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise FormatError("text_invalid", "This is not a text", place=place)
    found = str(value).strip()
    if len(found) > _LONGEST:
        raise FormatError("text_too_long", f"The text has more than {_LONGEST} characters", place=place)
    return found or None


def obj(value: Any, place: str) -> dict[str, Any]:
    """Give an object; an absent one is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FormatError("json_object_missing", "This is not a JSON object", place=place)
    return value


def items(value: Any, place: str) -> list[Any]:
    """Give a list; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise FormatError("json_list_missing", "This is not a JSON list", place=place)
    return value


def objects(value: Any, place: str) -> list[dict[str, Any]]:
    """Give a list of objects; a single object counts as a list of one, as some banks write it."""
    if isinstance(value, dict):
        return [value]
    return [obj(item, f"{place}[{number}]") for number, item in enumerate(items(value, place))]


def day(value: Any, place: str) -> date | None:
    """Give the calendar date as it is written, whatever time and zone follow it."""
    written = text(value, place)
    if written is None:
        return None
    match = _DATE.fullmatch(written)
    try:
        if match:
            return date.fromisoformat(match[1])
    except ValueError:
        pass
    raise FormatError("date_invalid", "This is not a valid date", place=place, value=written[:40])


def number(value: Any, place: str) -> Decimal:
    """Give a signed amount, written as a text or as a number, with a point or a comma."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        value = format(Decimal(value), "f")
    match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise FormatError("amount_invalid", "This is not a valid amount", place=place, value=str(value)[:40])
    try:
        amount = plain_decimal(match[2], (match[3] or "").rstrip("0"), match[0])
    except Invalid as error:
        raise FormatError(error.code, error.message, place=place, value=error.value) from error
    return -amount if match[1] == "-" else amount


def currency(value: Any, place: str) -> str:
    """Give a currency code."""
    written = text(value, place)
    if written is None:
        raise FormatError("currency_missing", "The amount has no currency", place=place)
    try:
        return currency_code(written)
    except Invalid as error:
        raise FormatError(error.code, error.message, place=place, value=error.value) from error


def money(value: Any, place: str) -> Money | None:
    """Give ``{"amount": ..., "currency": ...}``, or None where there is none."""
    pair = obj(value, place)
    if not pair:
        return None
    if pair.get("amount") is None:
        raise FormatError("amount_missing", "There is no amount", place=place)
    return Money(amount=number(pair["amount"], place), currency=currency(pair.get("currency"), place))
