"""Products, currencies and rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from .base import Absent, Canonical, domain, said
from .kinds import Choice, Day, Kind, Number, References, Text


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Canonical):
    domain: ClassVar[str] = "product"

    name: str | Absent = said(Text(200))
    code: str | None | Absent = said(Text(64))
    type: str | Absent = said(Choice(("consu", "service")))
    price: Decimal | Absent = said(Number())
    can_be_sold: bool | Absent = said(Kind())
    can_be_bought: bool | Absent = said(Kind())
    sale_taxes: tuple[str, ...] | Absent = said(References("tax"))
    purchase_taxes: tuple[str, ...] | Absent = said(References("tax"))


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class Currency(Canonical):
    domain: ClassVar[str] = "currency"
    required: ClassVar[tuple[str, ...]] = ("code", "symbol")

    #: ISO 4217
    code: str | Absent = said(Text(3))
    symbol: str | Absent = said(Text(8))
    full_name: str | None | Absent = said(Text(100))


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Canonical):
    """Units of a currency for one unit of the company's, from a day on."""

    domain: ClassVar[str] = "rate"
    required: ClassVar[tuple[str, ...]] = ("currency", "day", "rate")

    currency: str | Absent = said(Text(3))
    day: date | Absent = said(Day())
    rate: Decimal | Absent = said(Number())
