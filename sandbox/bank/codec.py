"""Values of the bank model to JSON and back, for the ledger's database."""

from __future__ import annotations

import json
import types
import typing
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(item) for name, item in pairs if item not in (None, ())}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal | date):
        return str(value)
    return value


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _typed(hint: Any, value: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(item for item in typing.get_args(hint) if item is not type(None))
    if value is None:
        return None
    if typing.get_origin(hint) is tuple:
        return tuple(_typed(typing.get_args(hint)[0], item) for item in value)
    if is_dataclass(hint):
        return _build(typing.cast(type, hint), value)
    if hint is Decimal:
        return Decimal(value)
    return date.fromisoformat(value) if hint is date else value


def _build(cls: type[T], values: dict[str, Any]) -> T:
    hints = _hints(typing.cast(Any, cls))
    return cls(**{name: _typed(hints[name], value) for name, value in values.items()})


def dumps(value: Any) -> str:
    """JSON text of a model value; empty fields are left out."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def loads(cls: type[T], text: str) -> T:
    """The model value of a JSON text written by :func:`dumps`."""
    return _build(cls, json.loads(text))
