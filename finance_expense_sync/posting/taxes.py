"""Tax that is in an expense: what can be reclaimed, what is cost, and what is due and reclaimed at once.

An expense is approved gross. Its tax is taken out of it (``inside``), or, where the receiver owes it, stands beside it
on both sides (``reverse``): nothing is paid for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .shares import rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One part of what a tax comes to, and where it is booked.

    :param factor: per cent of the tax; negative: the other side of a reverse charge
    :param account: id; None: on the account of the cost (blocked tax)
    :param key: id of the line of the tax's distribution
    """

    factor: Decimal
    account: int | None
    key: int
    tags: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A tax as the ledger knows it.

    :param percent: of the net amount; None: not computed from a percentage, the platform's amount counts
    :param slices: for what is spent; ``refund_slices`` for what comes back
    """

    key: int
    percent: Decimal | None
    slices: tuple[Slice, ...]
    refund_slices: tuple[Slice, ...]
    base_tags: tuple[int, ...] = ()
    refund_base_tags: tuple[int, ...] = ()

    @property
    def is_reverse(self) -> bool:
        """What is due and what is reclaimed cancel out."""
        return sum((part.factor for part in self.slices), Decimal(0)) == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxed:
    """Part of an expense that is subject to one tax (or to none).

    :param net: the cost without the tax that is reclaimed
    :param amount: of the tax
    """

    tax: Tax | None
    net: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the platform says of one tax.

    :param base: net amount that the tax is of; None: everything that is left
    :param reclaimable: part of the amount; None: all
    """

    tax: Tax
    amount: Decimal
    base: Decimal | None = None
    reclaimable: Decimal | None = None


def expected(gross: Decimal, tax: Tax, decimals: int) -> Decimal | None:
    """:return: the tax that is in a gross amount (of a reverse charge: beside it), or None: no percentage says it"""
    if tax.percent is None:
        return None
    if tax.is_reverse:
        return rounded(gross * tax.percent / HUNDRED, decimals)
    return rounded(gross * tax.percent / (HUNDRED + tax.percent), decimals)


def taken_apart(gross: Decimal, given: tuple[Given, ...], decimals: int) -> tuple[Taxed, ...]:
    """Divide a gross amount into what each tax is of.

    :return: parts; net and tax of those inside come exactly to the gross amount
    :raise ValueError: the taxes come to more than the amount
    """
    inside = sum((share.amount for share in given if not share.tax.is_reverse), Decimal(0))
    left = gross - inside
    if left * gross < 0:
        raise ValueError("taxes: more than the amount")
    parts: list[Taxed] = []
    untaxed = Decimal(0)
    for number, share in enumerate(given):
        rest = given[number + 1 :]
        base = share.base if share.base is not None else left
        if abs(base) > abs(left) or (not rest and share.base is None):
            base = left
        left -= base
        if share.tax.is_reverse:
            # who only knows that the receiver owes it says no amount
            amount = share.amount or expected(base, share.tax, decimals) or Decimal(0)
            parts.append(Taxed(tax=share.tax, net=base, amount=amount))
            continue
        back = share.amount if share.reclaimable is None else share.reclaimable
        if back == share.amount:
            parts.append(Taxed(tax=share.tax, net=base, amount=share.amount))
            continue
        # what may not be reclaimed is cost, with the base that belongs to it
        net = rounded(base * back / share.amount, decimals) if share.amount else Decimal(0)
        if back:
            parts.append(Taxed(tax=share.tax, net=net, amount=back))
        else:
            net = Decimal(0)
        untaxed += base - net + share.amount - back
    untaxed += left
    if untaxed or not parts:
        parts.append(Taxed(tax=None, net=untaxed, amount=Decimal(0)))
    return tuple(parts)
