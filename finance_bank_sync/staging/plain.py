"""Canonical values as data that JSON can say."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any


def plain(value: Any) -> Any:
    """Return amounts as strings, dates as ISO 8601, values as objects; what is empty is left out of an object."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    elif is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, dict):
        return {name: plain(content) for name, content in value.items() if content not in (None, (), [], {})}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
