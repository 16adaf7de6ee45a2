"""Chart of accounts, taxes, payment terms, analytic plans and accounts (cost centres)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from .base import Absent, Canonical, domain, said
from .kinds import Choice, Kind, Number, Reference, Text, Whole


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTerm(Canonical):
    domain: ClassVar[str] = "payment_term"

    name: str | Absent = said(Text(200))
    note: str | None | Absent = said(Text(2000))
    #: everything is due so many days after the invoice; not said of a term with several parts
    net_days: int | None | Absent = said(Whole())


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Canonical):
    domain: ClassVar[str] = "account"
    required: ClassVar[tuple[str, ...]] = ("name", "code", "account_type")

    code: str | Absent = said(Text(64))
    name: str | Absent = said(Text(200))
    account_type: str | Absent = said(Text(60))
    reconcile: bool | Absent = said(Kind())
    currency: str | None | Absent = said(Text(3))


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class Tax(Canonical):
    domain: ClassVar[str] = "tax"
    required: ClassVar[tuple[str, ...]] = ("name", "amount", "use")

    name: str | Absent = said(Text(200))
    #: per cent or a fixed amount, as ``amount_type`` says
    amount: Decimal | Absent = said(Number())
    amount_type: str | Absent = said(Choice(("percent", "fixed", "division")))
    use: str | Absent = said(Choice(("sale", "purchase", "none")))
    description: str | None | Absent = said(Text(500))


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticPlan(Canonical):
    domain: ClassVar[str] = "analytic_plan"

    name: str | Absent = said(Text(200))
    parent: str | None | Absent = said(Reference("analytic_plan"))


@domain
@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticAccount(Canonical):
    """A cost centre, a project, a profit centre: whatever its plan stands for."""

    domain: ClassVar[str] = "analytic_account"
    required: ClassVar[tuple[str, ...]] = ("name", "plan")

    name: str | Absent = said(Text(200))
    code: str | None | Absent = said(Text(64))
    plan: str | Absent = said(Reference("analytic_plan"))
    partner: str | None | Absent = said(Reference("partner"))
