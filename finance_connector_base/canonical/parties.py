"""Customers and vendors, their bank accounts, departments and employees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Absent, Canonical, domain, said
from .kinds import Kind, Reference, Text


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class Partner(Canonical):
    """A customer, a vendor, or another party with an account of its own."""

    domain: ClassVar[str] = "partner"

    name: str | Absent = said(Text(200))
    is_company: bool | Absent = said(Kind())
    #: number people know it by
    reference: str | None | Absent = said(Text(64))
    vat: str | None | Absent = said(Text(32))
    email: str | None | Absent = said(Text(254))
    phone: str | None | Absent = said(Text(64))
    street: str | None | Absent = said(Text(200))
    street2: str | None | Absent = said(Text(200))
    zip: str | None | Absent = said(Text(24))
    city: str | None | Absent = said(Text(200))
    #: ISO 3166-1, two letters
    country: str | None | Absent = said(Text(2))
    customer_payment_term: str | None | Absent = said(Reference("payment_term"))
    vendor_payment_term: str | None | Absent = said(Reference("payment_term"))


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerBank(Canonical):
    """Where a party is paid."""

    domain: ClassVar[str] = "partner_bank"
    required: ClassVar[tuple[str, ...]] = ("partner", "account_number")

    partner: str | Absent = said(Reference("partner"))
    account_number: str | Absent = said(Text(64))
    holder: str | None | Absent = said(Text(200))
    #: ISO 4217
    currency: str | None | Absent = said(Text(3))


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeBank(Canonical):
    """Where an employee is paid."""

    domain: ClassVar[str] = "employee_bank"
    required: ClassVar[tuple[str, ...]] = ("employee", "account_number")

    employee: str | Absent = said(Reference("employee"))
    account_number: str | Absent = said(Text(64))
    holder: str | None | Absent = said(Text(200))
    #: ISO 4217
    currency: str | None | Absent = said(Text(3))


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class Department(Canonical):
    domain: ClassVar[str] = "department"

    name: str | Absent = said(Text(200))
    parent: str | None | Absent = said(Reference("department"))


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class Employee(Canonical):
    domain: ClassVar[str] = "employee"

    name: str | Absent = said(Text(200))
    email: str | None | Absent = said(Text(254))
    job_title: str | None | Absent = said(Text(200))
    department: str | None | Absent = said(Reference("department"))
    manager: str | None | Absent = said(Reference("employee"))
