"""Entries of expenses, planned: who bears, who pays, what is grouped. Amounts above zero are debits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date as Day
from decimal import Decimal
from typing import Literal

from .shares import divide, rounded, spread
from .taxes import HUNDRED, Slice, Taxed

#: ``transfer``: between accounts of the company, no part of what was approved
Role = Literal["cost", "tax", "counterpart", "due_from", "due_to", "transfer"]
#: first word of the group of entries by which what was paid in advance becomes cost
PREPAID = "prepaid"
Analytic = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One line of an entry.

    :param amount: in the currency of the report
    :param balance: in the currency of the company
    :param base_of: ids of the taxes that the line is the base of
    :param slice_of: (id of the tax, id of the line of its distribution) of a line of tax
    """

    role: Role
    account: int
    amount: Decimal
    balance: Decimal
    partner: int | None = None
    name: str = ""
    analytic: Analytic = ()
    base_of: tuple[int, ...] = ()
    slice_of: tuple[int, int] | None = None
    tags: tuple[int, ...] = ()
    base_amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Company currency for one unit of the report's, frozen.

    :param decimals: of the company's currency
    """

    value: Decimal = Decimal(1)
    decimals: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A company that takes part in an expense.

    :param due_from: account of what the other company owes it; ``due_to`` of what it owes the other one
    :param partner: id of the partner that is the other company
    """

    company: int
    rate: Rate
    due_from: int | None = None
    due_to: int | None = None
    partner: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferral:
    """What is paid in advance is on an account of its own, and becomes cost month by month (E-07).

    :param account: of what was paid in advance
    :param months: (day of an entry, weight), see :func:`.deferral.months`
    """

    account: int
    months: tuple[tuple[Day, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A share of an expense line, coded.

    :param source: what it came from: key of the report and of the line
    :param bearer: company whose cost it is
    :param payer: company that owes it: the same one, or another
    :param counterpart: account that it is owed on, or was paid from
    :param kind: of the counterpart, e.g. ``own`` or ``company_card``
    :param is_beside: it stands beside what was approved and is no part of it, as what is given back of an advance
    :param deferral: it becomes cost later
    """

    source: tuple[int, str]
    day: Day
    currency: str
    decimals: int
    gross: Decimal
    parts: tuple[Taxed, ...]
    account: int
    counterpart: int
    kind: str
    bearer: Side
    payer: Side
    cost_partner: int | None = None
    partner: int | None = None
    analytic: Analytic = ()
    name: str = ""
    is_beside: bool = False
    deferral: Deferral | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry that is to be made.

    :param group: what its costs have in common
    """

    company: int
    currency: str
    day: Day
    group: tuple[object, ...]
    legs: tuple[Leg, ...]
    sources: tuple[tuple[int, str], ...]


def legs_of(cost: Cost) -> tuple[tuple[int, tuple[Leg, ...]], ...]:
    """:return: (company, legs) of the one entry, or of the two that an intercompany expense has; each comes to zero"""
    if cost.bearer.company == cost.payer.company:
        owed = _counterpart(cost, cost.payer.rate)
        return ((cost.bearer.company, (*_cost_legs(cost, cost.bearer.rate), owed)),)
    if cost.bearer.due_to is None or cost.payer.due_from is None:
        raise ValueError("an intercompany expense needs both accounts")
    borne = Leg(
        role="due_to",
        account=cost.bearer.due_to,
        partner=cost.bearer.partner,
        amount=-cost.gross,
        balance=-_in_company(cost.gross, cost.bearer.rate),
        name=cost.name,
    )
    paid = Leg(
        role="due_from",
        account=cost.payer.due_from,
        partner=cost.payer.partner,
        amount=cost.gross,
        balance=_in_company(cost.gross, cost.payer.rate),
        name=cost.name,
    )
    return (
        (cost.bearer.company, (*_cost_legs(cost, cost.bearer.rate), borne)),
        (cost.payer.company, (paid, _counterpart(cost, cost.payer.rate))),
    )


def _in_company(amount: Decimal, rate: Rate) -> Decimal:
    return rounded(amount * rate.value, rate.decimals)


def _counterpart(cost: Cost, rate: Rate) -> Leg:
    return Leg(
        role="transfer" if cost.is_beside else "counterpart",
        account=cost.counterpart,
        partner=cost.partner,
        amount=-cost.gross,
        balance=-_in_company(cost.gross, rate),
        name=cost.name,
    )


def _cost_legs(cost: Cost, rate: Rate) -> tuple[Leg, ...]:
    """What the bearer books on the debit side; in its own currency, too, it comes to the gross amount."""
    legs: list[Leg] = []
    account = cost.deferral.account if cost.deferral else cost.account
    # where it is paid in advance nobody has used it yet
    analytic = () if cost.deferral else cost.analytic
    for part in cost.parts:
        is_back = cost.gross < 0
        tax = part.tax
        base_tags = (tax.refund_base_tags if is_back else tax.base_tags) if tax else ()
        legs.append(
            Leg(
                role="cost",
                account=account,
                partner=cost.cost_partner,
                amount=part.net,
                balance=_in_company(part.net, rate),
                name=cost.name,
                analytic=analytic,
                base_of=(tax.key,) if tax else (),
                tags=base_tags,
            )
        )
        if tax is None or not part.amount:
            continue
        slices = tax.refund_slices if is_back else tax.slices
        for slice_, amount in zip(slices, _sliced(part.amount, slices, cost.decimals), strict=True):
            if amount:
                legs.append(
                    Leg(
                        role="tax",
                        account=slice_.account or account,
                        partner=cost.cost_partner,
                        amount=amount,
                        balance=_in_company(amount, rate),
                        name=cost.name,
                        # blocked tax is cost, and belongs where the cost belongs
                        analytic=() if slice_.account else analytic,
                        slice_of=(tax.key, slice_.key),
                        tags=slice_.tags,
                        base_amount=part.net,
                    )
                )
    balances = spread([leg.balance for leg in legs], _in_company(cost.gross, rate))
    return tuple(replace(leg, balance=balance) for leg, balance in zip(legs, balances, strict=True))


def recognised(cost: Cost) -> tuple[tuple[Day, tuple[Leg, Leg]], ...]:
    """:return: (day, legs) of the entries by which what was paid in advance becomes cost; they come exactly to it, in
    the currency of the report and in that of the company
    """
    if cost.deferral is None:
        return ()
    rate, account = cost.bearer.rate, cost.deferral.account
    paid = [leg for leg in _cost_legs(cost, rate) if leg.account == account]
    weights = [weight for _day, weight in cost.deferral.months]
    amounts = divide(sum((leg.amount for leg in paid), Decimal(0)), weights, cost.decimals)
    balances = divide(sum((leg.balance for leg in paid), Decimal(0)), weights, rate.decimals)
    found = []
    for (day, _weight), amount, balance in zip(cost.deferral.months, amounts, balances, strict=True):
        used = Leg(
            role="cost",
            account=cost.account,
            partner=cost.cost_partner,
            amount=amount,
            balance=balance,
            name=cost.name,
            analytic=cost.analytic,
        )
        left = Leg(role="transfer", account=account, amount=-amount, balance=-balance, name=cost.name)
        found.append((day, (used, left)))
    return tuple(found)


def _sliced(amount: Decimal, slices: tuple[Slice, ...], decimals: int) -> tuple[Decimal, ...]:
    """Each side of the distribution comes exactly to what it has to."""
    ups = [slice_.factor for slice_ in slices if slice_.factor > 0]
    downs = [-slice_.factor for slice_ in slices if slice_.factor < 0]
    up = iter(divide(rounded(amount * sum(ups) / HUNDRED, decimals), ups, decimals) if ups else ())
    down = iter(divide(rounded(amount * sum(downs) / HUNDRED, decimals), downs, decimals) if downs else ())
    return tuple(
        next(up) if slice_.factor > 0 else -next(down) if slice_.factor < 0 else Decimal(0) for slice_ in slices
    )


def drafts_of(
    costs: Iterable[tuple[Cost, tuple[object, ...], Day]], *, summarised: bool = False, decimals: int = 2
) -> tuple[Draft, ...]:
    """Group costs into entries.

    :param costs: (cost, what it shares an entry with, day of that entry)
    :param summarised: lines of one account, partner, tax and analytic distribution become one
    :return: one draft for each group, company, currency and day; what its legs come to does not depend on the groups
    """
    found: dict[tuple[object, ...], tuple[list[Leg], dict[tuple[int, str], None], int, str, Day]] = {}
    for cost, group, day in costs:
        for company, legs in legs_of(cost):
            key = (group, company, cost.currency, day)
            kept = found.setdefault(key, ([], {}, company, cost.currency, day))
            kept[0].extend(legs)
            kept[1][cost.source] = None
        for later, pair in recognised(cost):
            apart = (PREPAID, *(group if isinstance(group, tuple) else (group,)))
            kept = found.setdefault(
                (apart, cost.bearer.company, cost.currency, later), ([], {}, cost.bearer.company, cost.currency, later)
            )
            kept[0].extend(pair)
            kept[1][cost.source] = None
    return tuple(
        Draft(
            company=company,
            currency=currency,
            day=day,
            group=key[0] if isinstance(key[0], tuple) else (key[0],),
            legs=_merged(legs, summarised=summarised),
            sources=tuple(sources),
        )
        for key, (legs, sources, company, currency, day) in found.items()
    )


def _merged(legs: list[Leg], *, summarised: bool) -> tuple[Leg, ...]:
    """What is owed to one is one line, so that one payment settles it; the rest where it is asked for."""
    found: dict[object, Leg] = {}
    for number, leg in enumerate(legs):
        key: object = number
        if leg.role != "cost" and leg.role != "tax":
            key = (leg.role, leg.account, leg.partner)
        elif summarised:
            key = (leg.role, leg.account, leg.partner, leg.analytic, leg.base_of, leg.slice_of, leg.tags)
        known = found.get(key)
        found[key] = (
            leg
            if known is None
            else replace(
                known,
                amount=known.amount + leg.amount,
                balance=known.balance + leg.balance,
                base_amount=known.base_amount + leg.base_amount,
                name=known.name if known.name == leg.name else "",
            )
        )
    return tuple(leg for leg in found.values() if leg.amount or leg.balance)
