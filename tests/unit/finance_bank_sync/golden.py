"""Canonical values as JSON for golden files: amounts and dates as text, what is absent left out."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def plain(value: Any) -> Any:
    """Return JSON-able data; fields at their default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        result = {}
        for field in fields(value):
            item = getattr(value, field.name)
            if field.default is MISSING or item != field.default:
                result[field.name] = plain(item)
        return result
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def written(events: list[Any]) -> str:
    """Return the golden text of a file's events."""
    return json.dumps(events, indent=1, ensure_ascii=False) + "\n"
