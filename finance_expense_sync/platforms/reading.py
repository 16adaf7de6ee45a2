"""How answers of platforms are read: by name, in any order, and never more than is understood.

What does not fit is a :class:`~odoo.addons.finance_connector_base.engine.errors.MalformedError` that names the place
and never a value: a place is no secret, a value may be the name of a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date as Day
from datetime import datetime as Moment
from datetime import timezone
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from odoo.addons.finance_connector_base.canonical.currencies import places
from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,12})?")
_YES, _NO = frozenset({"y", "yes", "true", "1"}), frozenset({"n", "no", "false", "0"})

M = TypeVar("M", bound=BaseModel)


def digits(currency: str) -> int:
    """:return: decimal places of a currency (ISO 4217), 2 where it is not known"""
    return places(currency.upper())


def minor(value: Decimal | int, decimals: int) -> Decimal:
    """:return: an amount of units of the smallest kind, in whole units: 1250 with two decimals is 12.50"""
    return Decimal(value).scaleb(-decimals)


def loads(data: bytes, what: str) -> Node:
    """Read an object.

    :param what: named in errors
    :raise MalformedError: it is no JSON, or no object
    """
    try:
        return Node(strict_json.loads(data), what)
    except SafetyError as error:
        raise MalformedError(f"{what}: {error}") from error


def stable(value: Any) -> bytes:
    """:return: JSON that is the same for the same content, in whatever order its fields came"""
    return strict_json.dumps(_sorted(value))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def make(model: type[M], place: str, **values: Any) -> M:
    """Make a canonical value.

    :raise MalformedError: naming the places that do not fit
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(_problem(item) for item in error.errors()[:5])
        raise MalformedError(f"{place}: {problems}") from None


def _problem(item: Any) -> str:
    said = str(item["msg"]).removeprefix("Value error, ")
    where = ".".join(str(part) for part in item["loc"])
    return f"{where}: {said}" if where else said


class Node:
    """An object of an answer, with the place where it stands."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, Mapping):
            raise MalformedError(f"{place} is no object")
        self.value = value
        self.place = place

    def get(self, name: str) -> Any:
        """:return: what stands there; an empty text is nothing"""
        found = self.value.get(name)
        return None if isinstance(found, str) and not found.strip() else found

    def text(self, name: str, *, most: int | None = None) -> str | None:
        """:param most: characters after which words for people are cut; codes are not cut"""
        found = self.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
            raise self._wrong(name, "is no text")
        return str(found).strip()[:most]

    def needed(self, name: str) -> str:
        """:raise MalformedError: it is not there"""
        found = self.text(name)
        if not found:
            raise self._wrong(name, "is missing")
        return found

    def amount(self, name: str) -> Decimal | None:
        """An exact number, also where it is written as text."""
        found = self.get(name)
        if isinstance(found, str) and _NUMBER.fullmatch(found.strip()):
            found = Decimal(found.strip())
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            raise self._wrong(name, "is no number")
        return Decimal(found)

    def number(self, name: str) -> int | None:
        """A whole number."""
        found = self.amount(name)
        if found is not None and found != found.to_integral_value():
            raise self._wrong(name, "is no whole number")
        return None if found is None else int(found)

    def moment(self, name: str) -> Moment | None:
        """A point in time in UTC; without a zone it is one of UTC."""
        found = self.get(name)
        if found is None:
            return None
        try:
            read = Moment.fromisoformat(str(found).strip().replace("Z", "+00:00"))
        except ValueError:
            raise self._wrong(name, "is no time") from None
        return read.astimezone(timezone.utc).replace(tzinfo=None) if read.tzinfo else read

    def day(self, name: str) -> Day | None:
        """The calendar date as it is written: no zone ever moves it."""
        found = self.get(name)
        if found is None:
            return None
        try:
            return Day.fromisoformat(str(found).strip()[:10])
        except ValueError:
            raise self._wrong(name, "is no date") from None

    def yes(self, name: str) -> bool | None:
        """A yes or no: JSON's own, ``Y``, ``true`` ..."""
        found = self.get(name)
        if isinstance(found, bool) or found is None:
            return found
        word = str(found).strip().lower()
        if word in _YES or word in _NO:
            return word in _YES
        raise self._wrong(name, "is neither yes nor no")

    def node(self, name: str) -> Node | None:
        """An object below."""
        found = self.get(name)
        return None if found is None else Node(found, f"{self.place}.{name}")

    def nodes(self, name: str) -> list[Node]:
        """A list of objects below; none where there is none."""
        found = self.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise self._wrong(name, "is no list")
        return [Node(item, f"{self.place}.{name}[{number}]") for number, item in enumerate(found)]

    def _wrong(self, name: str, why: str) -> MalformedError:
        return MalformedError(f"{self.place}.{name} {why}")
