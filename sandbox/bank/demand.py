"""What the scenario is played on: the company's open invoices, as a JSON document (see sandbox/README.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.bank import identifiers
from sandbox.bank.model import quantum

#: Units of a currency for one euro, where the demand names no rate.
_PER_EURO = {"EUR": "1", "USD": "1.0850", "GBP": "0.8560", "CHF": "0.9420", "SEK": "11.2500", "JPY": "163.20"}


class DemandError(Exception):
    """The description of the invoices cannot be used; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Whose account it is."""

    name: str
    iban: str
    currency: str
    start_date: date
    bic: str | None = None
    opening_balance: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An open document: money comes in for a ``customer`` one and goes out for a ``vendor`` one."""

    number: str
    partner: str
    amount: Decimal
    currency: str
    date: date
    kind: str = "customer"
    payment_reference: str | None = None
    iban: str | None = None
    bic: str | None = None
    end_to_end_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """The company, its open invoices, and units of foreign currency for one unit of its own."""

    company: Company
    invoices: tuple[Invoice, ...]
    rates: dict[str, Decimal]

    def rate(self, currency: str) -> Decimal:
        """Units of ``currency`` for one unit of the company's currency."""
        if currency in self.rates:
            return self.rates[currency]
        own = Decimal(_PER_EURO.get(self.company.currency, "1"))
        return (Decimal(_PER_EURO.get(currency, "1.25")) / own).quantize(Decimal("0.000001"))


def _take(values: dict[str, Any], place: str, *required: str) -> dict[str, Any]:
    """The values that say something; Odoo and others write an empty field as null, false or ''."""
    values = {name: value for name, value in values.items() if value not in (None, False, "")}
    missing = [name for name in required if name not in values]
    if missing:
        raise DemandError(f"{place}: {', '.join(missing)} is missing")
    return values


def _invoice(values: dict[str, Any], place: str, company: Company) -> Invoice:
    values = _take(values, place, "number", "amount", "partner")
    iban = identifiers.compact(values["iban"]) if "iban" in values else None
    currency = values.get("currency", company.currency)
    invoice = Invoice(
        number=values["number"],
        partner=values["partner"],
        amount=Decimal(values["amount"]).quantize(quantum(currency)),
        currency=currency,
        date=date.fromisoformat(values.get("date", company.start_date.isoformat())),
        kind=values.get("kind", "customer"),
        payment_reference=values.get("payment_reference"),
        iban=iban,
        bic=values.get("bic"),
        end_to_end_id=values.get("end_to_end_id"),
    )
    if invoice.amount != Decimal(values["amount"]):
        raise DemandError(f"{place}: {values['amount']} is not an amount of {currency}")
    if invoice.amount <= 0:
        raise DemandError(f"{place}: the open amount must be positive, not {invoice.amount}")
    if invoice.kind not in ("customer", "vendor"):
        raise DemandError(f"{place}: kind is customer or vendor, not {invoice.kind}")
    if iban and not identifiers.is_iban(iban):
        raise DemandError(f"{place}: {iban} is not an IBAN")
    return invoice


def read_demand(text: str) -> Demand:
    """Read and check the JSON document."""
    document = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    values = _take(document.get("company", {}), "company", "name", "iban", "currency", "start_date")
    company = Company(
        name=values["name"],
        iban=identifiers.compact(values["iban"]),
        currency=values["currency"],
        start_date=date.fromisoformat(values["start_date"]),
        bic=values.get("bic"),
        opening_balance=Decimal(values.get("opening_balance", 0)),
    )
    invoices = tuple(
        _invoice(item, f"invoices[{index}]", company) for index, item in enumerate(document.get("invoices", []))
    )
    numbers = [invoice.number for invoice in invoices]
    if len(set(numbers)) != len(numbers):
        raise DemandError("invoices: a number occurs twice")
    rates = {name: Decimal(rate) for name, rate in document.get("rates", {}).items()}
    return Demand(company=company, invoices=invoices, rates=rates)
