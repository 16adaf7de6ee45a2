"""What a SAF-T file is made of, whatever country's it is: plain values, read from a ledger.

Amounts are signed, debit positive, wherever nothing else is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


class SaftError(ValueError):
    """Something cannot be written as the schema wants it; says what and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The company itself, a customer or a supplier.

    :param balances: account -> opening and closing balance
    """

    id: str = ""
    name: str
    registration: str = ""
    vat: str = ""
    street: str = ""
    city: str = ""
    zip: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    balances: tuple[tuple[str, Decimal, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """:param group: asset, liability, equity, income, expense or off
    :param category: with ``code`` what the list of the country groups it under
    """

    id: str
    name: str
    group: str
    category: str
    code: str
    created: date | None
    opening: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    id: str
    name: str
    percent: Decimal | None
    country: str
    standard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    type: str
    type_name: str
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxInfo:
    """:param amount: signed, debit positive"""

    code: str
    percent: Decimal | None
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """:param amount: signed, debit positive
    :param analyses: type, id, signed amount
    """

    id: str
    account: str
    description: str
    amount: Decimal
    customer: str = ""
    supplier: str = ""
    currency: str = ""
    currency_amount: Decimal | None = None
    analyses: tuple[tuple[str, str, Decimal], ...] = ()
    taxes: tuple[TaxInfo, ...] = ()
    reference: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    id: str
    system_id: str
    day: date
    period: int
    year: int
    description: str
    voucher: str
    entered: date
    modified: date | None
    source: str
    kind: str = "Normal"
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the file is about.

    :param country: whose tax authority it is for
    """

    company: Party
    country: str
    currency: str
    first: date
    last: date
    created: date
    software: tuple[str, str, str]
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Masters:
    """Master data, each read once, in this order, before the first entry; they may be generators."""

    accounts: Iterable[Account]
    customers: Iterable[Party] = ()
    suppliers: Iterable[Party] = ()
    taxes: Iterable[Tax] = ()
    analyses: Iterable[Analysis] = ()


@dataclass(slots=True)
class Totals:
    """Of a file, as it says itself; counted beforehand, because it says so before the entries."""

    entries: int = 0
    lines: int = 0
    debit: Decimal = field(default_factory=Decimal)
    credit: Decimal = field(default_factory=Decimal)
