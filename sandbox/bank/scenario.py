"""A run of days on the company's account, and the bank's view of what it means.

The same demand, seed and ledger give the same files byte for byte. The next run on the same ledger goes on with the day
after the last statement.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.bank.demand import Demand, DemandError, Invoice
from sandbox.bank.ledger import Ledger
from sandbox.bank.model import Account, BankCode, Booking, Party, Statement, Transaction, quantum
from sandbox.bank.scenes import DEFAULT, SCENES
from sandbox.bank.stage import AUTOMATIC, PERSON, Act, Stage

_RECEIVED = BankCode(domain="PMNT", family="RCDT", subfamily="ESCT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What was booked (acts carry the bank's references), the statements of the days, the scenes left out."""

    demand: Demand
    account: Account
    acts: tuple[Act, ...]
    statements: tuple[Statement, ...]
    not_played: tuple[str, ...]


def business_days(first: date, count: int) -> list[date]:
    """The first ``count`` days from Monday to Friday, from ``first`` on."""
    days: list[date] = []
    while len(days) < count:
        if first.weekday() < 5:
            days.append(first)
        first += timedelta(days=1)
    return days


def play(ledger: Ledger, demand: Demand, *, days: int = 2, seed: int = 0, kinds: Sequence[str] = DEFAULT) -> Play:
    """Book the scenes and close the days."""
    unknown = sorted(set(kinds) - set(SCENES))
    if unknown:
        raise DemandError(f"no such scene: {', '.join(unknown)}; there are {', '.join(SCENES)}")
    if days < 1:
        raise DemandError("at least one day is played")
    company = demand.company
    with ledger.transaction():
        account = ledger.open_account(
            company.iban,
            currency=company.currency,
            owner=company.name,
            bic=company.bic,
            opening=company.opening_balance,
        )
        closed = ledger.closed_until(account.iban)
        first = max(company.start_date, closed + timedelta(days=1)) if closed else company.start_date
        dates = business_days(first, days)
        stage = Stage(
            demand=demand,
            dates=dates,
            rng=random.Random(f"{seed}/{account.iban}/{dates[0]}"),
            pool=sorted(demand.invoices, key=lambda item: (item.date, item.number)),
        )
        not_played = []
        for kind in kinds:
            before = len(stage.acts)
            SCENES[kind](stage)
            if len(stage.acts) == before:
                not_played.append(kind)
        acts: list[Act] = []
        statements: list[Statement] = []
        for day in dates:
            for act in stage.acts:
                if act.booking.booking_date == day:
                    acts.append(replace(act, booking=ledger.book(account.iban, act.booking)))
            statements.append(ledger.close_day(account.iban, day))
    return Play(
        demand=demand,
        account=account,
        acts=tuple(acts),
        statements=tuple(statements),
        not_played=tuple(not_played),
    )


def next_day(ledger: Ledger, outcome: Play, *, entries: int = 3, keep: bool = False) -> tuple[Statement, Play]:
    """One more day with payments of strangers, as material for spoiled files.

    Unless it is kept, the bank forgets the day again: its right statement would come later.
    """
    iban, unit = outcome.account.iban, quantum(outcome.account.currency)
    day = business_days(outcome.statements[-1].to_date + timedelta(days=1), 1)[0]
    with ledger.transaction() if keep else ledger.rehearsal():
        acts = []
        for number in range(1, entries + 1):
            amount = Decimal(number * 10).quantize(unit)
            payment = Transaction(amount=amount, counterparty=Party(name="Nobody"), text=(f"payment {number}",))
            booking = Booking(amount=amount, booking_date=day, value_date=day, code=_RECEIVED, transactions=(payment,))
            acts.append(
                Act(
                    key=f"stranger-{day}-{number}",
                    kind="unknown_payer",
                    booking=ledger.book(iban, booking),
                    handling=PERSON,
                    why="nobody knows the payer, the text says nothing",
                )
            )
        statement = ledger.close_day(iban, day)
    if keep:
        outcome = replace(outcome, acts=(*outcome.acts, *acts), statements=(*outcome.statements, statement))
    return statement, outcome


# --- the bank's view ------------------------------------------------------------------------------


def _items(acts: Iterable[Act], currency: str) -> list[dict[str, Any]]:
    items = []
    for act in acts:
        booking = act.booking
        first = booking.transactions[0] if booking.transactions else None
        original = first.original if first else None
        items.append(
            {
                "id": act.key,
                "kind": act.kind,
                "reference": booking.reference,
                "date": booking.booking_date.isoformat(),
                "value_date": booking.value_date.isoformat(),
                "amount": str(booking.amount),
                "currency": currency,
                "transactions": len(booking.transactions),
                "counterparty": first.counterparty.name if first and first.counterparty else None,
                "original": {
                    "amount": str(original.amount),
                    "currency": original.currency,
                    "rate": str(original.rate),
                }
                if original
                else None,
                "pays": [
                    {"invoice": part.invoice, "amount": str(part.amount), "currency": part.currency}
                    for part in act.pays
                ],
                "returns": act.returns,
                "handling": act.handling,
                "why": act.why,
            }
        )
    return items


def _invoice_state(invoice: Invoice, acts: Iterable[Act]) -> dict[str, Any]:
    parts = [(act, part) for act in acts for part in act.pays if part.invoice == invoice.number]
    paid = sum((part.amount for _, part in parts), Decimal(0))
    automatic = sum((part.amount for act, part in parts if act.handling == AUTOMATIC), Decimal(0))
    return {
        "kind": invoice.kind,
        "partner": invoice.partner,
        "amount": str(invoice.amount),
        "currency": invoice.currency,
        "open": str(invoice.amount - paid),
        "open_automatic": str(invoice.amount - automatic),
        "items": [act.key for act, _ in parts],
    }


def expectations(outcome: Play, files: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The manifest (``expected.json``): what the statements say, independent of who reads them."""
    first, last = outcome.statements[0], outcome.statements[-1]
    return {
        "account": {
            "iban": outcome.account.iban,
            "currency": outcome.account.currency,
            "owner": outcome.account.owner,
            "opening": str(first.opening),
            "closing": str(last.closing),
            "from": first.from_date.isoformat(),
            "to": last.to_date.isoformat(),
        },
        "files": list(files),
        "items": _items(outcome.acts, outcome.account.currency),
        "invoices": {item.number: _invoice_state(item, outcome.acts) for item in outcome.demand.invoices},
        "left_for_a_person": [act.key for act in outcome.acts if act.handling != AUTOMATIC],
        "not_played": list(outcome.not_played),
    }
