"""Kinds of fields of a canonical object: how each is written as JSON, read back and described."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

#: what JSON text may not carry into a database
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
#: longest external id
ID_LENGTH = 200
#: most links of one field
MANY = 1000


def reads_text(value: Any, length: int) -> str | None:
    """Text without surrounding blanks; empty text says the same as nothing."""
    if not isinstance(value, str):
        raise ValueError("has to be text")
    text = value.strip()
    if len(text) > length:
        raise ValueError(f"is longer than {length} characters")
    if _CONTROL.search(text):
        raise ValueError("contains control characters")
    return text or None


@dataclass(frozen=True, slots=True)
class Kind:
    """A plain yes or no; the other kinds refine it."""

    def read(self, value: Any) -> Any:
        """:raise ValueError: saying what is wrong, without the value"""
        if not isinstance(value, bool):
            raise ValueError("has to be true or false")
        return value

    def write(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Text(Kind):
    length: int = 500

    def read(self, value: Any) -> Any:
        return reads_text(value, self.length)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.length}


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    values: tuple[str, ...] = ()

    def read(self, value: Any) -> Any:
        if value not in self.values:
            raise ValueError(f"has to be one of {', '.join(self.values)}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A decimal number, written as text so that nothing rounds it on the way."""

    def read(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError("has to be a decimal number written as text")
        text = str(value).strip()
        if not _NUMBER.fullmatch(text):
            raise ValueError("is no decimal number")
        try:
            return plain(Decimal(text))
        except InvalidOperation:  # pragma: no cover - the pattern allows none
            raise ValueError("is no decimal number") from None

    def write(self, value: Any) -> Any:
        return format(plain(value), "f")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_NUMBER.pattern}$"}


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    def read(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            raise ValueError("has to be a whole number, not negative")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}


@dataclass(frozen=True, slots=True)
class Day(Kind):
    """A calendar date, never a moment."""

    def read(self, value: Any) -> Any:
        try:
            if not isinstance(value, str) or len(value) != 10:
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("has to be a date like 2026-12-31") from None

    def write(self, value: Any) -> Any:
        return value.isoformat()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class Reference(Kind):
    """External id of an object of another domain."""

    domain: str = ""

    def read(self, value: Any) -> Any:
        return reads_text(value, ID_LENGTH)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": ID_LENGTH, "description": f"external id, domain {self.domain}"}


@dataclass(frozen=True, slots=True)
class References(Reference):
    """External ids, in no order that matters."""

    def read(self, value: Any) -> Any:
        if not isinstance(value, list) or len(value) > MANY:
            raise ValueError(f"has to be a list of at most {MANY} external ids")
        return tuple(sorted({text for item in value if (text := reads_text(item, ID_LENGTH))}))

    def write(self, value: Any) -> Any:
        return sorted(value)

    def schema(self) -> dict[str, Any]:
        return {
            "type": "array",
            "maxItems": MANY,
            "items": {"type": "string", "maxLength": ID_LENGTH},
            "description": f"external ids, domain {self.domain}",
        }


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros, so that 21.00 and 21 compare and digest alike."""
    normal = number.normalize()
    return normal.quantize(Decimal(1)) if normal == normal.to_integral_value() else normal
