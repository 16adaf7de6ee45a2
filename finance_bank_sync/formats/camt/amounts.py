"""Amounts beside the booked one: details, other currencies, rates, charges.

specs/camt.md sections 5 (which amount is the account's) and 7 (charges, exchange).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from ..model import NO_CURRENCY, Charge, Exchange, Money
from .values import (
    LOCAL,
    Broken,
    Element,
    Warnings,
    boolean,
    children,
    choice,
    is_debit,
    money,
    named,
    number,
    reference,
    text_of,
)

_AMOUNTS = frozenset({"InstdAmt", "TxAmt", "CntrValAmt"})
#: where the amount in the currency of the account is looked for, after ``TxDtls/Amt``
_OWN = ("TxAmt", "CntrValAmt", "InstdAmt")
#: where the amount in another currency is looked for, before ``TxDtls/Amt``
_OTHER = ("InstdAmt", "TxAmt", "CntrValAmt")
_RATE_WITH_COMMA = re.compile(r"[0-9]{1,6},[0-9]{4,10}", re.ASCII)
_CHARGE = frozenset({"TtlChrgsAndTaxAmt", "Amt", "CdtDbtInd", "ChrgInclInd", "Tp", "Br"})


class Amounts(NamedTuple):
    """The amounts of a transaction beside the booked one."""

    #: in the currency of the account
    own: Money | None = None
    #: in another currency
    original: Money | None = None
    #: instructed in the currency of the account, where it is not the own one
    instructed: Money | None = None
    exchange: Exchange | None = None


def read_amounts(
    details: Element | None, amount: Element | None, currency: str, debit: bool, warnings: Warnings
) -> Amounts:
    """Read ``AmtDtls`` and the amount beside it.

    An own amount without a currency has :data:`~.model.NO_CURRENCY`: the entry as a whole tells what it is in.

    :param amount: ``TxDtls/Amt``; it does not exist in version 02
    :param currency: currency of the account, as the entry is booked
    """
    own = None if amount is None or not amount.text else optional_money(amount, debit, warnings)
    other = None
    if own is not None and own.currency not in (currency, NO_CURRENCY):
        own, other = None, own
    if details is None:
        return Amounts(own, other)
    stated: dict[str, Money] = {}
    exchange = None
    for element in details:
        kind = LOCAL[element.tag]
        if kind in _AMOUNTS:
            for child in element:
                name = LOCAL[child.tag]
                if name == "Amt":
                    if kind in stated:
                        raise Broken("element_repeated", f"{kind} stands there twice", details, name=kind)
                    if child.text:  # an empty one states nothing
                        stated[kind] = optional_money(child, debit, warnings)
                elif name == "CcyXchg" and exchange is None:
                    exchange = _read_exchange(child, warnings)
    if own is None:
        for kind in _OWN:
            if kind in stated and stated[kind].currency == currency:
                own = stated[kind]
                break
        else:
            untold = stated.get("TxAmt")
            own = untold if untold is not None and untold.currency == NO_CURRENCY else None
    for kind in _OTHER:
        if kind in stated and stated[kind].currency not in (currency, NO_CURRENCY):
            other = stated[kind]
            break
    instructed = stated.get("InstdAmt")
    if instructed is not None and (instructed.currency != currency or instructed == own):
        instructed = None
    return Amounts(own, other, instructed, exchange)


def optional_money(element: Element, negative: bool, warnings: Warnings, currency: str | None = None) -> Money:
    """Read an amount that only says more about a booking: one without a currency refuses no file.

    :param currency: the one that it must be in
    """
    if not element.get("Ccy"):
        warnings.add("amount_without_currency", element)
    return money(element, negative, currency or NO_CURRENCY)


def _read_exchange(element: Element, warnings: Warnings) -> Exchange | None:
    """Read ``CcyXchg``; banks omit ``UnitCcy`` or swap source and target, so it is only shown.

    One from a currency into itself is none, and a rate of zero tells none.
    """
    source = target = unit = None
    rate: Decimal | None = None
    for child in element:
        name = LOCAL[child.tag]
        if name == "SrcCcy":
            source = text_of(child)
        elif name == "TrgtCcy":
            target = text_of(child)
        elif name == "UnitCcy":
            unit = text_of(child)
        elif name == "XchgRate" and text_of(child):
            rate = _read_rate(child, warnings)
    if source and source == target and rate in (None, 1):
        return None
    return Exchange(source_currency=source, target_currency=target, unit_currency=unit, rate=rate)


def _read_rate(element: Element, warnings: Warnings) -> Decimal | None:
    """Read ``XchgRate``, which is only shown: one that cannot be read refuses no file."""
    written = (element.text or "").strip()
    try:
        # (nobody marks the thousands of a rate, but with three digits behind the comma it could be that)
        if _RATE_WITH_COMMA.fullmatch(written):
            return Decimal(written.replace(",", "."))
        return number(element) or None
    except Broken:
        warnings.add("rate_unreadable", element)
        return None


def read_charges(parent: Element, currency: str | None, warnings: Warnings) -> tuple[Charge, ...]:
    """Read the charges of an entry or a transaction.

    :param currency: of the amount beside them, which is theirs where they are a part of it

    Version 02 repeats ``Chrgs`` for each charge; from 03 one ``Chrgs`` holds a ``Rcrd`` for each.
    The total is read only where there is nothing else, so nothing counts twice. What tells no amount is no charge.
    """
    charges: list[Charge] = []
    for element in named(parent, "Chrgs"):
        found = [_read_charge(record, "Amt", currency, warnings) for record in named(element, "Rcrd") or (element,)]
        told = [charge for charge in found if charge is not None]
        if not told and (total := _read_charge(element, "TtlChrgsAndTaxAmt", currency, warnings)) is not None:
            told.append(total)
        charges += told
    return tuple(charges)


def _read_charge(element: Element, name: str, currency: str | None, warnings: Warnings) -> Charge | None:
    """Read one charge.

    :param name: the element of its amount
    """
    found = children(element, _CHARGE)
    amount, sign = found.get(name), found.get("CdtDbtInd")
    if amount is None or text_of(amount) is None:
        return None
    included = boolean(found.get("ChrgInclInd"))
    return Charge(
        # A charge without a direction is a cost: the account owner is charged.
        money=optional_money(
            amount, sign is None or not sign.text or is_debit(sign), warnings, currency if included else None
        ),
        included=included,
        bearer=text_of(found.get("Br")),
        code=reference(choice(found.get("Tp"))),
    )
